package io.smartops.prefetch;

/**
 * An item on its way to the consumer, with the engine's view of the moment.
 *
 * @param value the item
 * @param bytes memory of the item
 * @param workersAtStart workers setting when its build began
 * @param builtByConsumer whether the consumer built it itself
 * @param readyBefore items that were ready when the consumer came, this one included
 * @param outstandingBefore items drawn and not delivered when the consumer came
 * @param <T> the kind of item
 */
public record Delivery<T>(
    T value,
    long bytes,
    int workersAtStart,
    boolean builtByConsumer,
    int readyBefore,
    int outstandingBefore) {}
