#!/usr/bin/env bash
# Builds everything and runs the everyday tests, or those of another test preset (CMakePresets.json):
#   [FRAGUA_TEST_PRESET=ci] ./test.sh [options of ctest, e.g. -L unit]
set -euo pipefail
cd "$(dirname "$0")"

tools/ensure_packages.sh
cmake --preset release
cmake --build --preset release
exec ctest --preset "${FRAGUA_TEST_PRESET:-release}" "$@"
