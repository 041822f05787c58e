package io.smartops.control;

/**
 * How the gradient of some samples in a lower precision compares with that in float32.
 *
 * @param finite whether all of it is finite
 * @param cosine cosine of the angle between the two, over all parameters; 0 where it has none
 */
public record GradientAgreement(boolean finite, double cosine) {

  /** The least cosine at which a precision is accepted. */
  public static final double LEAST_COSINE = 0.99;

  /** From the sums of products over all parameters. */
  public static GradientAgreement of(double product, double squares, double otherSquares) {
    double lengths = Math.sqrt(squares) * Math.sqrt(otherSquares);
    boolean finite = Double.isFinite(lengths) && Double.isFinite(product);
    return new GradientAgreement(finite, finite && lengths > 0 ? product / lengths : 0);
  }

  boolean isGood() {
    return finite && cosine >= LEAST_COSINE;
  }

  String describe() {
    return finite
        ? "cosine %.5f with float32's gradient".formatted(cosine)
        : "its gradient is not finite";
  }
}
