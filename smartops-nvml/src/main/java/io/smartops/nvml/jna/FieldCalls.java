package io.smartops.nvml.jna;

import io.smartops.nvml.driver.Query;
import io.smartops.nvml.reading.FieldRequest;
import io.smartops.nvml.reading.FieldValue;
import io.smartops.nvml.reading.Reading;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads fields in batches. Thread-safe. */
final class FieldCalls {
  private static final int BYTES = 40;
  private static final int SCOPE = 4;
  private static final int TIMESTAMP = 8;
  private static final int VALUE_TYPE = 24;
  private static final int RETURN_CODE = 28;
  private static final int VALUE = 32;

  private final NvmlLibrary library;

  FieldCalls(NvmlLibrary library) {
    this.library = library;
  }

  Reading<List<FieldValue>> read(long handle, Query.Fields query) {
    List<FieldRequest> requests = query.requests();
    if (requests.isEmpty()) {
      return Reading.of(List.of());
    }
    Optional<NativeFunction> function = library.find(query.symbol());
    if (function.isEmpty()) {
      return Answers.missing(query.symbol());
    }
    NativeBuffer buffer = write(requests);
    int code = function.get().call(handle, requests.size(), buffer.address());
    return Answers.of(code, query, () -> values(buffer, requests));
  }

  private static List<FieldValue> values(NativeBuffer buffer, List<FieldRequest> requests) {
    List<FieldValue> values = new ArrayList<>(requests.size());
    for (int i = 0; i < requests.size(); i++) {
      values.add(value(buffer, i * BYTES, requests.get(i)));
    }
    return List.copyOf(values);
  }

  private static NativeBuffer write(List<FieldRequest> requests) {
    NativeBuffer buffer = NativeBuffer.scratch(requests.size() * BYTES);
    for (int i = 0; i < requests.size(); i++) {
      buffer.putInt(i * BYTES, requests.get(i).id());
      buffer.putInt(i * BYTES + SCOPE, requests.get(i).scope());
    }
    return buffer;
  }

  private static FieldValue value(NativeBuffer buffer, int at, FieldRequest request) {
    Reading<Number> value =
        Answers.of(
            buffer.getInt(at + RETURN_CODE),
            "field " + request.id(),
            () -> ValueType.of(buffer.getInt(at + VALUE_TYPE)).read(buffer, at + VALUE));
    return new FieldValue(request, value, buffer.getLong(at + TIMESTAMP));
  }
}
