package io.smartops.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import io.smartops.telemetry.ControlGroupPaths.Version;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ControlGroupPathsTest {
  private static final String V2_ROOT = "sys/fs/cgroup";

  @TempDir Path root;

  @Test
  void walksFromTheOwnGroupUpToTheMount() throws IOException {
    directories("sys/fs/cgroup/user.slice/job.scope");
    assertThat(locate("0::/user.slice/job.scope\n", FixtureTree.V2_MOUNTS))
        .contains(
            paths(Version.V2, V2_ROOT + "/user.slice/job.scope", V2_ROOT + "/user.slice", V2_ROOT));
  }

  @Test
  void prefersTheV1HierarchyThatCarriesTheController() throws IOException {
    directories("sys/fs/cgroup/memory/jobs/a");
    String groups = "12:cpu,cpuacct:/other\n4:memory:/jobs/a\n0::/\n";
    assertThat(locate(groups, FixtureTree.V1_MOUNTS + FixtureTree.V2_MOUNTS))
        .contains(
            paths(
                Version.V1,
                "sys/fs/cgroup/memory/jobs/a",
                "sys/fs/cgroup/memory/jobs",
                "sys/fs/cgroup/memory"));
  }

  @Test
  void takesTheUnifiedHierarchyForAControllerThatNoV1HierarchyHas() {
    String groups = "2:cpuset:/\n1:name=systemd:/\n0::/\n";
    assertThat(locate(groups, FixtureTree.V2_MOUNTS)).contains(paths(Version.V2, V2_ROOT));
  }

  @Test
  void stripsTheMountedPartInAContainerWithoutAGroupNamespace() throws IOException {
    directories("sys/fs/cgroup/memory/worker");
    String mounts = "1 2 0:32 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup ro,memory\n";
    assertThat(locate("4:memory:/docker/abc/worker\n", mounts))
        .contains(paths(Version.V1, "sys/fs/cgroup/memory/worker", "sys/fs/cgroup/memory"));
    assertThat(locate("4:memory:/docker/abc\n", mounts))
        .contains(paths(Version.V1, "sys/fs/cgroup/memory"));
  }

  @Test
  void takesTheMountWhereTheGroupIsNotVisible() {
    String mounts = "1 2 0:32 /docker/abc /sys/fs/cgroup ro - cgroup2 cgroup2 ro\n";
    assertThat(locate("0::/docker/abcdef\n", mounts)).contains(paths(Version.V2, V2_ROOT));
    assertThat(locate("0::/../elsewhere\n", FixtureTree.V2_MOUNTS))
        .contains(paths(Version.V2, V2_ROOT));
    assertThat(locate("0::/gone\n", FixtureTree.V2_MOUNTS)).contains(paths(Version.V2, V2_ROOT));
  }

  @Test
  void findsNothingWithoutAMountOrAMembership() {
    assertThat(locate("0::/\n", "")).isEmpty();
    assertThat(locate("", FixtureTree.V2_MOUNTS)).isEmpty();
    assertThat(locate("4:memory:/\n", FixtureTree.V2_MOUNTS)).isEmpty();
  }

  @Property(seed = "20261122")
  void garbageNeverThrows(@ForAll String group, @ForAll String mounted, @ForAll String line) {
    Path anywhere = Path.of("/nowhere");
    String mounts = line + "\n1 2 0:1 " + mounted + " /" + mounted + " rw - cgroup2 x rw\n";
    ControlGroupPaths.locate(anywhere, "0::" + group, mounts, "memory")
        .ifPresent(
            paths -> assertThat(paths.directories()).allMatch(dir -> dir.startsWith(anywhere)));
    ControlGroupPaths.locate(anywhere, line, line, "memory");
  }

  private Optional<ControlGroupPaths> locate(String groups, String mounts) {
    return ControlGroupPaths.locate(root, groups, mounts, "memory");
  }

  private ControlGroupPaths paths(Version version, String... directories) {
    return new ControlGroupPaths(version, Arrays.stream(directories).map(root::resolve).toList());
  }

  private void directories(String path) throws IOException {
    Files.createDirectories(root.resolve(path));
  }
}
