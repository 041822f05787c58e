package io.smartops.telemetry;

import io.smartops.telemetry.ControlGroupPaths.Version;
import java.util.List;
import java.util.Optional;

/**
 * A mounted hierarchy of control groups: one line of {@code /proc/self/mountinfo}.
 *
 * @param root the group that is mounted
 * @param point where it is mounted
 * @param type {@code cgroup} or {@code cgroup2}
 * @param options mount options; they name the controllers of a v1 hierarchy
 */
record ControlGroupMount(String root, String point, String type, List<String> options) {
  private static final String TYPE_SEPARATOR = " - ";
  private static final int ROOT_FIELD = 3;
  private static final int POINT_FIELD = 4;

  /** Reads {@code 32 31 0:29 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu}; else empty. */
  static Optional<ControlGroupMount> parse(String line) {
    String[] halves = line.split(TYPE_SEPARATOR, 2);
    String[] place = halves[0].split(" ", -1);
    String[] what = halves.length < 2 ? new String[0] : halves[1].split(" ", -1);
    if (place.length <= POINT_FIELD || what.length < 3) {
      return Optional.empty();
    }
    return Optional.of(
        new ControlGroupMount(
            place[ROOT_FIELD], place[POINT_FIELD], what[0], List.of(what[2].split(",", -1))));
  }

  /** Whether the controller is found here. */
  boolean carries(Version version, String controller) {
    return version == Version.V2
        ? type.equals("cgroup2")
        : type.equals("cgroup") && options.contains(controller);
  }

  /** The path of {@code group} below this mount; the mount itself where it is not below. */
  String relative(String group) {
    if (group.contains("..")) {
      return "";
    }
    if (root.equals("/")) {
      return group;
    }
    boolean below = group.equals(root) || group.startsWith(root + "/");
    return below ? group.substring(root.length()) : "";
  }
}
