#!/usr/bin/env bash
# Builds everything that is needed and runs a network on the simulated engine:
#   ./run.sh [options of `fragua run`]
set -euo pipefail
cd "$(dirname "$0")"

tools/ensure_packages.sh
cmake --preset release
cmake --build --preset release --target fragua
exec build/fragua run "$@"
