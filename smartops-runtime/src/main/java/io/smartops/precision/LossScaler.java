package io.smartops.precision;

/**
 * The factor by which a loss is multiplied before its backward pass in float16, whose small
 * gradients would otherwise vanish.
 *
 * <p>Formula: starts at {@link #INITIAL_SCALE}; times {@link #GROWTH} after {@link
 * #GROWTH_INTERVAL} steps in a row whose gradients were finite, unless the scale would overflow;
 * times {@link #BACKOFF} after a step whose gradients were not, which must be skipped.
 *
 * <p>Source: Micikevicius et al., Mixed precision training (2018); constants and order of
 * operations of {@code torch.amp.GradScaler}. All factors are powers of two, so that scaling and
 * unscaling are exact. Deterministic. Not thread-safe.
 */
public final class LossScaler {
  /** The scale of the first step: 2^16. */
  public static final float INITIAL_SCALE = 65_536f;

  /** Factor after a row of finite steps. */
  public static final float GROWTH = 2f;

  /** Factor after a step that overflowed. */
  public static final float BACKOFF = 0.5f;

  /** Finite steps in a row that raise the scale. */
  public static final int GROWTH_INTERVAL = 2_000;

  private final int growthInterval;
  private float scale;
  private int finiteSteps;

  /** A scaler with the constants above. */
  public LossScaler() {
    this(INITIAL_SCALE, GROWTH_INTERVAL);
  }

  /** A scaler that starts elsewhere or grows at another pace, for tests. */
  LossScaler(float initialScale, int growthInterval) {
    this.scale = initialScale;
    this.growthInterval = growthInterval;
  }

  /** The scale of the step that is being computed. */
  public float scale() {
    return scale;
  }

  /** A step's unscaled gradients were all finite, and it was applied. */
  public void finite() {
    finiteSteps++;
    if (finiteSteps == growthInterval) {
      float grown = scale * GROWTH;
      scale = Float.isFinite(grown) ? grown : scale;
      finiteSteps = 0;
    }
  }

  /** A step's gradients were not all finite, and it was skipped. */
  public void overflowed() {
    scale *= BACKOFF;
    finiteSteps = 0;
  }
}
