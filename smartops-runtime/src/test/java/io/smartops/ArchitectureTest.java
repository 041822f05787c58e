package io.smartops;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The directions between packages, which docs would let slip. */
class ArchitectureTest {
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("io.smartops");

  @Test
  void onlyTheFrontDoorAndDjlKnowDjl() {
    noClasses()
        .that()
        .resideInAnyPackage(
            "io.smartops.control..",
            "io.smartops.telemetry..",
            "io.smartops.prefetch..",
            "io.smartops.precision..",
            "io.smartops.loop..",
            "io.smartops.simulation..",
            "io.smartops.report..",
            "io.smartops.replay..",
            "io.smartops.warm..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("ai.djl..")
        .check(CLASSES);
  }

  @ParameterizedTest
  @ValueSource(strings = {"control", "prefetch", "precision"})
  void pureAndEngineUseTheJdkOnly(String name) {
    classes()
        .that()
        .resideInAPackage("io.smartops." + name + "..")
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage("io.smartops." + name + "..", "java..", "org.jspecify..")
        .allowEmptyShould(true)
        .check(CLASSES);
  }

  @Test
  void simulationsUseTheJdkAndWhatTheySimulateOnly() {
    classes()
        .that()
        .resideInAPackage("io.smartops.simulation..")
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(
            "io.smartops.simulation..",
            "io.smartops.control..",
            "io.smartops.telemetry..",
            "java..",
            "org.jspecify..")
        .check(CLASSES);
  }

  @ParameterizedTest
  @CsvSource({
    "djl, simulation",
    "loop, simulation",
    "report, simulation",
    "telemetry, control",
    "telemetry, prefetch",
    "telemetry, precision",
    "telemetry, loop",
    "telemetry, djl",
    "telemetry, report",
    "loop, djl",
    "loop, report",
    "report, djl",
    "report, loop",
    "report, replay",
    "replay, djl",
    "replay, loop",
    "djl, replay",
    "warm, djl",
    "warm, loop",
    "warm, report",
    "loop, warm"
  })
  void packagesPointOneWay(String from, String to) {
    noClasses()
        .that()
        .resideInAPackage("io.smartops." + from + "..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("io.smartops." + to + "..")
        .check(CLASSES);
  }

  @Test
  void onlyTheMappingKnowsJna() {
    noClasses()
        .that()
        .resideInAPackage("io.smartops..")
        .and()
        .resideOutsideOfPackage("io.smartops.nvml..")
        .and()
        .haveNameNotMatching(".*Mapping(\\$.*)?")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("com.sun.jna..")
        .check(CLASSES);
  }

  @Test
  void theControllerHasNoClock() {
    noClasses()
        .that()
        .resideInAPackage("io.smartops.control..")
        .should()
        .callMethod(System.class, "nanoTime")
        .orShould()
        .callMethod(System.class, "currentTimeMillis")
        .orShould()
        .dependOnClassesThat()
        .areAssignableTo(Thread.class)
        .check(CLASSES);
  }
}
