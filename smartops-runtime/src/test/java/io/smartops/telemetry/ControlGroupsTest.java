package io.smartops.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ControlGroupsTest {
  private static final String V1_UNLIMITED = "9223372036854771712";

  @TempDir Path root;
  private FixtureTree tree;

  @BeforeEach
  void plantTree() {
    tree = new FixtureTree(root);
  }

  @Test
  void v2LimitLessUsageThatCannotBeDropped() {
    tree.placed("0::/job\n", FixtureTree.V2_MOUNTS).v2Group("/job", "1000", 600, 150);
    ControlGroups groups = read();
    assertThat(groups.memoryLimitBytes()).hasValue(1000);
    assertThat(groups.memoryAvailableBytes()).hasValue(550);
  }

  @Test
  void v1LimitLessUsageThatCannotBeDropped() {
    tree.placed("4:memory:/job\n", FixtureTree.V1_MOUNTS)
        .v1Group("/job", "1000", 600, 150)
        .v1Group("", V1_UNLIMITED, 9000, 0);
    ControlGroups groups = read();
    assertThat(groups.memoryLimitBytes()).hasValue(1000);
    assertThat(groups.memoryAvailableBytes()).hasValue(550);
  }

  @Test
  void theTightestAncestorBinds() {
    tree.placed("0::/a/b/c\n", FixtureTree.V2_MOUNTS)
        .v2Group("/a/b/c", "max", 100, 0)
        .v2Group("/a/b", "800", 300, 0)
        .v2Group("/a", "900", 850, 0);
    ControlGroups groups = read();
    assertThat(groups.memoryLimitBytes()).hasValue(800);
    assertThat(groups.memoryAvailableBytes()).hasValue(50);
  }

  @Test
  void noLimitIsAbsence() {
    tree.placed("0::/job\n", FixtureTree.V2_MOUNTS)
        .v2Group("/job", "max", 600, 150)
        .with("sys/fs/cgroup/job/cpu.max", "max 100000\n");
    assertUnlimited();
  }

  @Test
  void aHugeV1LimitIsNone() {
    tree.placed("4:memory:/\n3:cpu:/\n", FixtureTree.V1_MOUNTS)
        .v1Group("", V1_UNLIMITED, 600, 150)
        .with("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "-1\n")
        .with("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n");
    assertUnlimited();
  }

  @Test
  void missingFilesAreAbsence() {
    assertUnlimited();
    tree.placed("0::/job\n", FixtureTree.V2_MOUNTS);
    assertUnlimited();
    tree.with("sys/fs/cgroup/job/memory.max", "1000\n");
    assertThat(read().memoryLimitBytes()).hasValue(1000);
    assertThat(read().memoryAvailableBytes()).isEmpty();
    tree.with("sys/fs/cgroup/job/memory.current", "400\n");
    assertThat(read().memoryAvailableBytes()).hasValue(600);
  }

  @Test
  void garbageIsAbsence() {
    tree.placed("::::\n0:\n\u0000\n0::/job\n", "- - -\n - cgroup2\n" + FixtureTree.V2_MOUNTS)
        .with("sys/fs/cgroup/job/memory.max", "lots\n")
        .with("sys/fs/cgroup/job/memory.high", "-7\n")
        .with("sys/fs/cgroup/job/cpu.max", "1e5 100000\n");
    assertUnlimited();
  }

  @Test
  void theLevelWhereTheKernelStallsIsALimit() {
    tree.placed("0::/job\n", FixtureTree.V2_MOUNTS)
        .v2Group("/job", "1000", 100, 0)
        .with("sys/fs/cgroup/job/memory.high", "700\n");
    assertThat(read().memoryLimitBytes()).hasValue(700);
  }

  @Test
  void usageAboveTheLimitLeavesNothing() {
    tree.placed("0::/job\n", FixtureTree.V2_MOUNTS).v2Group("/job", "1000", 1200, 0);
    assertThat(read().memoryAvailableBytes()).hasValue(0);
  }

  @Test
  void theSmallestQuotaBindsAndMayBeAFraction() {
    tree.placed("0::/a/b\n", FixtureTree.V2_MOUNTS)
        .with("sys/fs/cgroup/a/b/cpu.max", "400000 100000\n")
        .with("sys/fs/cgroup/a/cpu.max", "150000 100000\n");
    assertThat(read().processors()).hasValue(1.5);
  }

  @Test
  void v1QuotaOfItsOwnHierarchy() {
    tree.placed("4:memory:/m\n3:cpu,cpuacct:/c\n", FixtureTree.V1_MOUNTS)
        .v1Group("/m", "1000", 0, 0)
        .with("sys/fs/cgroup/cpu,cpuacct/c/cpu.cfs_quota_us", "250000\n")
        .with("sys/fs/cgroup/cpu,cpuacct/c/cpu.cfs_period_us", "100000\n");
    assertThat(read().processors()).hasValue(2.5);
    assertThat(read().memoryLimitBytes()).hasValue(1000);
  }

  @Test
  void usageIsReadEachTimeAndLimitsOnceASecond() {
    tree.placed("0::/job\n", FixtureTree.V2_MOUNTS).v2Group("/job", "1000", 600, 0);
    ControlGroups groups = read();
    tree.v2Group("/job", "2000", 700, 0);
    groups.refreshIfOld(ControlGroups.REFRESH_NANOS - 1);
    assertThat(groups.memoryAvailableBytes()).hasValue(300);
    groups.refreshIfOld(ControlGroups.REFRESH_NANOS);
    assertThat(groups.memoryAvailableBytes()).hasValue(1300);
  }

  @Test
  void followsAProcessThatIsMovedToAnotherGroup() {
    tree.placed("0::/a\n", FixtureTree.V2_MOUNTS)
        .v2Group("/a", "1000", 600, 0)
        .v2Group("/b", "500", 100, 0);
    ControlGroups groups = read();
    tree.placed("0::/b\n", FixtureTree.V2_MOUNTS);
    groups.refreshIfOld(ControlGroups.REFRESH_NANOS);
    assertThat(groups.memoryLimitBytes()).hasValue(500);
  }

  @Test
  void findsItsMountBehindHundredsOfOthers() {
    String others = "70 22 0:51 / /var/lib/layers/merged rw - overlay overlay rw\n".repeat(500);
    tree.placed("0::/job\n", others + FixtureTree.V2_MOUNTS).v2Group("/job", "1000", 600, 0);
    assertThat(read().memoryLimitBytes()).hasValue(1000);
  }

  @Test
  void usageThatCanNoLongerBeReadIsAbsence() {
    tree.placed("0::/job\n", FixtureTree.V2_MOUNTS).v2Group("/job", "1000", 600, 0);
    ControlGroups groups = read();
    tree.with("sys/fs/cgroup/job/memory.current", "");
    assertThat(groups.memoryAvailableBytes()).isEmpty();
  }

  private ControlGroups read() {
    return new ControlGroups(root, 0);
  }

  private void assertUnlimited() {
    ControlGroups groups = read();
    assertThat(groups.memoryLimitBytes()).isEmpty();
    assertThat(groups.memoryAvailableBytes()).isEmpty();
    assertThat(groups.processors()).isEmpty();
  }
}
