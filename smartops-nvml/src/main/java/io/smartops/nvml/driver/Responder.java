package io.smartops.nvml.driver;

import io.smartops.nvml.reading.FieldValue;
import io.smartops.nvml.reading.GpuProcess;
import io.smartops.nvml.reading.ProcessUtilization;
import io.smartops.nvml.reading.Reading;
import io.smartops.nvml.reading.Sample;
import java.util.List;

/** Answers each kind of {@link Query}. The handle means nothing to system queries. */
public interface Responder {

  /** Answers a call that fills numbers. */
  <T> Reading<T> numbers(long handle, Query.Numbers<T> query);

  /** Answers a call that fills a string. */
  Reading<String> text(long handle, Query.Text query);

  /** Finds the handle that belongs to a string. */
  Reading<Long> lookup(Query.Lookup query);

  /** Lists processes. */
  Reading<List<GpuProcess>> processes(long handle, Query.Processes query);

  /** Lists what processes used. */
  Reading<List<ProcessUtilization>> processUtilization(
      long handle, Query.ProcessUtilizations query);

  /** Lists past samples. */
  Reading<List<Sample>> samples(long handle, Query.Samples query);

  /** Reads a batch of fields. */
  Reading<List<FieldValue>> fields(long handle, Query.Fields query);
}
