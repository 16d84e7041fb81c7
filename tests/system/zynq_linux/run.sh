#!/usr/bin/env bash
# Builds everything that the emulated board needs (half an hour the first time) and runs its tests:
#   tests/system/zynq_linux/run.sh [--scenario NAME]... [--shell]
# --shell: the guest's console for you. FRAGUA_BUILD: the build folder (default build/).
set -euo pipefail
cd "$(dirname "$0")/../../.."

tools/ensure_packages.sh
build=${FRAGUA_BUILD:-build}
if ! [ -f "$build/build.ninja" ]; then cmake --preset release -B "$build"; fi
cmake --build "$build" -j 2 --target fragua fragua_zynq_bridge
tests/system/armhf_build.sh "$PWD" "$build/armhf"
exec tests/system/zynq_linux/test.sh "$PWD" "$build" "$build/fragua" "$build/zynq/bridge.so" "$@"
