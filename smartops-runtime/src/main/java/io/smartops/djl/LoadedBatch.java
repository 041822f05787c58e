package io.smartops.djl;

import ai.djl.training.dataset.Batch;
import io.smartops.control.LoaderBuildTimes;
import org.jspecify.annotations.Nullable;

/**
 * What a build gives: a batch, or none because every record was bad or the data ended.
 *
 * @param batch the batch
 * @param bytes its memory
 * @param times where the build's time went
 */
record LoadedBatch(@Nullable Batch batch, long bytes, LoaderBuildTimes times) {

  void close() {
    if (batch != null) {
      batch.close();
    }
  }
}
