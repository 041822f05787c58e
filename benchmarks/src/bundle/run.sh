#!/bin/sh
# Runs the checks of this folder with the Java runtime that lies in it. See --help.
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd) || exit 2
unset JAVA_TOOL_OPTIONS JDK_JAVA_OPTIONS CLASSPATH
exec "$here/runtime/bin/java" -Xmx256m -cp "$here/lib/*" \
  io.smartops.benchmarks.bundle.RunChecks "$@"
