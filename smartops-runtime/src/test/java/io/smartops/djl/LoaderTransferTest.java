package io.smartops.djl;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.smartops.SmartLoaderOptions.Transfer;
import io.smartops.control.Decision;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Narrow transfers over a simulated link: a device of its own is not needed for the arithmetic. */
class LoaderTransferTest {
  private static final Shape IMAGES = new Shape(8, 3, 64, 64);

  private NDManager manager;
  private long nowNanos;
  private long crossedBytes;

  @BeforeEach
  void open() {
    manager = NDManager.newBaseManager();
  }

  @AfterEach
  void close() {
    manager.close();
  }

  /** A link that takes a nanosecond for so many bytes, on a clock of its own. */
  private LoaderTransfer transfer(Transfer allowed, long nanosPerByte, long nanosPerNarrowing) {
    LoaderTransfer.Link link =
        new LoaderTransfer.Link() {
          @Override
          public boolean crosses(NDArray array, Device device) {
            return true;
          }

          @Override
          public NDArray send(NDArray array, Device device) {
            long bytes = LoaderBytes.of(array);
            crossedBytes += bytes;
            nowNanos += bytes * nanosPerByte;
            nowNanos += array.getDataType() == DataType.FLOAT32 ? 0 : nanosPerNarrowing;
            return array.duplicate();
          }
        };
    return new LoaderTransfer(Device.cpu(), allowed, link, () -> nowNanos);
  }

  private NDArray images() {
    return manager.randomUniform(0, 255, IMAGES).round();
  }

  private static void assertSame(NDArray sent, NDArray original) {
    assertThat(sent.getDataType()).isEqualTo(DataType.FLOAT32);
    assertThat(sent.getShape()).isEqualTo(original.getShape());
    assertThat(sent.toByteBuffer()).isEqualTo(original.toByteBuffer());
  }

  @Test
  void wholeNumbersCrossASlowLinkAsBytesAndArriveUnchanged() {
    LoaderTransfer transfer = transfer(Transfer.LOSSLESS, 10, 0);
    long fullBytes = 0;
    for (int i = 0; i < 20; i++) {
      NDArray images = images();
      fullBytes += LoaderBytes.of(images);
      assertSame(transfer.send(new NDList(images)).head(), images);
    }
    assertThat(crossedBytes).isLessThan(fullBytes / 2);
    assertThat(transfer.savedBytes()).isEqualTo(fullBytes - crossedBytes);

    List<Decision> decisions = new ArrayList<>();
    transfer.journalChoices(7, decisions::add);
    assertThat(decisions).hasSize(1);
    assertThat(decisions.get(0).describe()).contains("transfer type float32 → uint8");
    assertThat(decisions.get(0).figures()).containsEntry("savedBytesPerBatch", 294_912.0);
  }

  @Test
  void aFastLinkIsLeftAlone() {
    LoaderTransfer transfer = transfer(Transfer.LOSSLESS, 1, 1_000_000_000);
    for (int i = 0; i < 6; i++) {
      transfer.send(new NDList(images()));
    }
    crossedBytes = 0;
    NDArray images = images();
    transfer.send(new NDList(images));
    assertThat(crossedBytes).isEqualTo(LoaderBytes.of(images));
  }

  @Test
  void whatIsNotWholeCrossesInFull() {
    LoaderTransfer transfer = transfer(Transfer.LOSSLESS, 10, 0);
    for (float odd : new float[] {0.5f, -1, 256, -0f, Float.NaN, Float.POSITIVE_INFINITY}) {
      for (int i = 0; i < 4; i++) {
        NDArray images = images();
        images.set(new ai.djl.ndarray.index.NDIndex(7, 2, 63, 63), odd);
        assertSame(transfer.send(new NDList(images)).head(), images);
      }
    }
    assertThat(transfer.savedBytes()).isZero();
  }

  @Test
  void float16IsUsedOnlyWhereAllowed() {
    LoaderTransfer transfer = transfer(Transfer.FLOAT16, 10, 0);
    NDArray array = manager.randomUniform(-1, 1, IMAGES);
    for (int i = 0; i < 10; i++) {
      NDArray sent = transfer.send(new NDList(array)).head();
      assertThat(sent.getDataType()).isEqualTo(DataType.FLOAT32);
      assertThat(sent.sub(array).abs().max().getFloat()).isLessThan(1e-3f);
    }
    assertThat(transfer.savedBytes()).isPositive();

    LoaderTransfer full = transfer(Transfer.FULL, 10, 0);
    assertSame(full.send(new NDList(array)).head(), array);
    assertThat(full.savedBytes()).isZero();
  }

  @Test
  void smallAndOtherArraysCrossAsTheyAre() {
    LoaderTransfer transfer = transfer(Transfer.FLOAT16, 10, 0);
    NDArray labels = manager.create(new int[] {1, 2, 3});
    assertThat(transfer.send(new NDList(labels)).head().getDataType()).isEqualTo(DataType.INT32);
    assertThat(transfer.savedBytes()).isZero();
  }
}
