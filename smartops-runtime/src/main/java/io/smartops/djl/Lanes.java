package io.smartops.djl;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.nn.Block;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.pytorch.jni.JniUtils;
import ai.djl.training.ParameterStore;
import io.smartops.PrecisionPolicy;
import io.smartops.SmartOpsConfig;
import io.smartops.control.Decision;
import io.smartops.control.Knob;
import io.smartops.control.LearntMemory;
import io.smartops.control.MemoryExperience;
import io.smartops.control.MicroBatchLimits;
import io.smartops.control.Precision;
import io.smartops.control.tape.Setup;
import io.smartops.loop.BatchPlanner;
import io.smartops.loop.FreedMemory;
import io.smartops.loop.MemoryGauge;
import io.smartops.loop.PrecisionPlanner;
import io.smartops.loop.RunLog;
import io.smartops.telemetry.DeviceTelemetry;
import io.smartops.telemetry.DirectBuffers;
import io.smartops.telemetry.HostTelemetry;
import io.smartops.telemetry.ResidentPeak;
import io.smartops.warm.PlanCache;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.function.Supplier;

/** Makes a {@link Lane} for each device of a trainer, with the telemetry that fits the device. */
final class Lanes {
  /** The smallest micro-batch whose own statistics BatchNorm can use. */
  private static final int NEEDED_BY_BATCH_NORM = 2;

  private final Model model;
  private final SmartOpsConfig options;
  private final ParameterStore store;
  private final NDManager manager;
  private final RunLog log;
  private final Checkpoints checkpoints;
  private final LossScale lossScale;
  private final Function<Device, Autocast> autocasts;
  private boolean keepBits = true;

  Lanes(
      Model model,
      SmartOpsConfig options,
      ParameterStore store,
      NDManager manager,
      RunLog log,
      Checkpoints checkpoints,
      LossScale lossScale,
      Function<Device, Autocast> autocasts) {
    this.model = model;
    this.options = options;
    this.store = store;
    this.manager = manager;
    this.log = log;
    this.checkpoints = checkpoints;
    this.lossScale = lossScale;
    this.autocasts = autocasts;
  }

  Map<Device, Lane> on(Device[] devices) {
    Map<Device, Lane> lanes = new LinkedHashMap<>();
    for (Device device : devices) {
      lanes.put(device, lane(device));
    }
    return lanes;
  }

  /** Whether float32 is all there is on each device, so that plain DJL's bits are kept. */
  boolean keepBits() {
    return keepBits;
  }

  private Lane lane(Device device) {
    HostTelemetry host = HostTelemetry.create();
    DeviceTelemetry telemetry =
        options.telemetry().orElseGet(() -> device.isGpu() ? new CudaTelemetry(device) : host);
    Supplier<OptionalLong> allocated =
        device.isGpu()
            ? () -> telemetry.read().usedBytes()
            : () -> host.allocator().allocatedBytes();
    Optional<ResidentPeak> peak =
        device.isGpu() || options.telemetry().isPresent()
            ? Optional.empty()
            : Optional.of(host.residentPeak());
    FreedMemory freed =
        new FreedMemory(
            device.isGpu()
                ? JniUtils::emptyCudaCache
                : new HostAllocator(host.allocator(), new DirectBuffers()));
    MemoryGauge gauge = new MemoryGauge(options, telemetry, allocated, peak);
    int needed = neededInTraining();
    Autocast autocast = autocasts.apply(device);
    Setup.Precisions precisions = precisions(autocast);
    keepBits &= keepsBits(precisions);
    WarmStart warmStart =
        new WarmStart(options.warmStart() ? PlanCache.ofUser() : PlanCache.none(), model, device);
    return new Lane(
        model.getBlock(),
        store,
        device,
        manager,
        gauge,
        () -> {
          LearntMemory learnt = warmStart.learnt();
          BatchPlanner planner =
              planner(
                  batches(device, needed, learnt.microBatches(), precisions),
                  "float32 on " + device,
                  gauge,
                  freed);
          learnt.loss().ifPresent(planner::startFrom);
          return planner;
        },
        planner(
            Setup.Batches.byMemoryOnly(Knob.EVALUATION_BATCH, evaluationLimits()),
            "evaluation on " + device,
            gauge,
            freed),
        new PrecisionPlanner(
            precisions.controller(), log, log.tape("precision on " + device, precisions)),
        autocast,
        lossScale,
        warmStart,
        checkpoints);
  }

  /**
   * Where float32 is all there is, plain DJL's bits are kept as long as a batch fits: it is split
   * for speed otherwise only. On a GPU a micro-batch's time is that of its launch, which says
   * nothing.
   */
  private Setup.Batches batches(
      Device device, int needed, MemoryExperience learnt, Setup.Precisions precisions) {
    return new Setup.Batches(
        Knob.MICRO_BATCH,
        options.microBatch(),
        needed,
        learnt,
        !device.isGpu(),
        !keepsBits(precisions));
  }

  private static boolean keepsBits(Setup.Precisions precisions) {
    return precisions.equals(fixed(Precision.FP32));
  }

  private Setup.Precisions precisions(Autocast autocast) {
    PrecisionPolicy policy = options.precision();
    if (policy == PrecisionPolicy.FP32) {
      return fixed(Precision.FP32);
    }
    if (model.getDataType() != DataType.FLOAT32) {
      return stayingInFloat32("the model's parameters are %s".formatted(model.getDataType()));
    }
    if (policy == PrecisionPolicy.AUTO) {
      List<Precision> candidates = new ArrayList<>(autocast.worthTrying());
      if (autocast.mayPreferChannelsLast() && convolvesImages(model.getBlock())) {
        candidates.add(Precision.FP32_CHANNELS_LAST);
      }
      return candidates.isEmpty()
          ? stayingInFloat32(autocast.nothingToTry())
          : new Setup.Precisions(candidates, false);
    }
    Precision asked = Precision.valueOf(policy.name());
    return autocast.obstacle(asked).map(this::stayingInFloat32).orElseGet(() -> fixed(asked));
  }

  private static boolean convolvesImages(Block block) {
    return block instanceof Conv2d
        || block.getChildren().values().stream().anyMatch(Lanes::convolvesImages);
  }

  private static Setup.Precisions fixed(Precision precision) {
    return new Setup.Precisions(List.of(precision), true);
  }

  private Setup.Precisions stayingInFloat32(String why) {
    log.decided(
        List.of(
            new Decision(
                log.step(),
                Knob.PRECISION,
                options.precision().name(),
                Precision.FP32.label(),
                why,
                Map.of())));
    return fixed(Precision.FP32);
  }

  private BatchPlanner planner(
      Setup.Batches setup, String name, MemoryGauge gauge, FreedMemory freed) {
    return new BatchPlanner(
        setup.controller(),
        setup.limits(),
        gauge,
        log,
        freed,
        System::nanoTime,
        log.tape(name, setup));
  }

  private int neededInTraining() {
    if (!RunningStatistics.in(model.getBlock())) {
      return 1;
    }
    if (options.microBatch().max() < NEEDED_BY_BATCH_NORM) {
      throw new IllegalArgumentException(
          "the model has BatchNorm, which cannot work with a micro-batch of %d: set optMicroBatch"
                  .formatted(options.microBatch().max())
              + " or the range's max to at least "
              + NEEDED_BY_BATCH_NORM);
    }
    return NEEDED_BY_BATCH_NORM;
  }

  /** Evaluation keeps no graph, so only a fixed micro-batch binds it. */
  private MicroBatchLimits evaluationLimits() {
    return options.microBatch().isFixed() ? options.microBatch() : MicroBatchLimits.ANY;
  }
}
