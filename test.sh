#!/usr/bin/env bash
# Builds everything and runs all tests:
#   ./test.sh [options of ctest, e.g. -L unit]
set -euo pipefail
cd "$(dirname "$0")"

tools/ensure_packages.sh
cmake --preset release
cmake --build --preset release
exec ctest --preset release "$@"
