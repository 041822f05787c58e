package io.smartops.telemetry;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The directories of the control groups that bind this process: its own group first, then each
 * ancestor that is visible.
 *
 * <p>{@code /proc/self/cgroup} names the group below the root of its hierarchy, and {@code
 * /proc/self/mountinfo} says which part of the hierarchy is mounted where. In a container the two
 * may be seen from different places; the mount is then the container's own group.
 *
 * @param version which hierarchy carries the controller
 * @param directories from the process's own group to the topmost visible one
 */
record ControlGroupPaths(Version version, List<Path> directories) {

  /** The two interfaces of the kernel. Both may be mounted at once, with different controllers. */
  enum Version {
    V1,
    V2
  }

  /** The name under which {@code /proc/self/cgroup} lists the v2 hierarchy. */
  private static final String ANY_CONTROLLER = "";

  /**
   * Locates the groups of {@code controller}; empty where there are none.
   *
   * @param root the file system's root
   * @param groups text of {@code /proc/self/cgroup}
   * @param mounts text of {@code /proc/self/mountinfo}
   */
  static Optional<ControlGroupPaths> locate(
      Path root, String groups, String mounts, String controller) {
    Optional<String> v1 = group(groups, controller);
    return v1.isPresent()
        ? locate(root, v1.get(), mounts, controller, Version.V1)
        : group(groups, ANY_CONTROLLER)
            .flatMap(group -> locate(root, group, mounts, controller, Version.V2));
  }

  private static Optional<ControlGroupPaths> locate(
      Path root, String group, String mounts, String controller, Version version) {
    return mounts
        .lines()
        .flatMap(line -> ControlGroupMount.parse(line).stream())
        .filter(mount -> mount.carries(version, controller))
        .findFirst()
        .map(mount -> new ControlGroupPaths(version, chain(root, mount, group)));
  }

  /** The path in the line {@code id:controllers:path} that lists the controller. */
  private static Optional<String> group(String groups, String controller) {
    return groups
        .lines()
        .map(line -> line.split(":", 3))
        .filter(fields -> fields.length == 3)
        .filter(fields -> Arrays.asList(fields[1].split(",", -1)).contains(controller))
        .map(fields -> fields[2])
        .findFirst();
  }

  private static List<Path> chain(Path root, ControlGroupMount mount, String group) {
    try {
      Path top = below(root, mount.point());
      Path own = below(top, mount.relative(group));
      Path first = Files.isDirectory(own) ? own : top;
      return Stream.iterate(first, dir -> dir.startsWith(top), Path::getParent).toList();
    } catch (InvalidPathException notAPath) {
      return List.of();
    }
  }

  private static Path below(Path parent, String absolute) {
    return parent.resolve(absolute.replaceFirst("^/+", "")).normalize();
  }
}
