package io.smartops.nvml;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

class ArchitectureTest {
  private static final JavaClasses MAIN =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("io.smartops.nvml");

  @Test
  void onlyTheMappingImportsJna() {
    noClasses()
        .that()
        .resideOutsideOfPackage("io.smartops.nvml.jna..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("com.sun.jna..")
        .check(MAIN);
  }

  @Test
  void theModuleStandsAlone() {
    classes()
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(
            "io.smartops.nvml..",
            "java..",
            "com.sun.jna..",
            "org.slf4j..",
            "org.jspecify..",
            "picocli..",
            "com.fasterxml.jackson.core..")
        .check(MAIN);
  }

  @Test
  void onlyTheCommandNeedsMoreThanJnaAndSlf4j() {
    noClasses()
        .that()
        .resideOutsideOfPackage("io.smartops.nvml.top..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("picocli..", "com.fasterxml..")
        .check(MAIN);
  }

  @Test
  void packagesFormNoCycle() {
    slices().matching("io.smartops.(nvml..)").should().beFreeOfCycles().check(MAIN);
  }
}
