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
            "io.smartops.loop..",
            "io.smartops.report..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("ai.djl..")
        .check(CLASSES);
  }

  @ParameterizedTest
  @ValueSource(strings = {"control", "prefetch"})
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

  @ParameterizedTest
  @CsvSource({
    "telemetry, control",
    "telemetry, prefetch",
    "telemetry, loop",
    "telemetry, djl",
    "telemetry, report",
    "loop, djl",
    "loop, report",
    "report, djl",
    "report, loop"
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
