#!/usr/bin/env bash
# Cross-compiles the fragua command, with what armhf_test.sh needs besides, for the board's processor:
#   armhf_build.sh SOURCE_FOLDER BUILD_FOLDER [TARGET...]
# Exit code 77: skipped.
set -euo pipefail

source_folder=$1
build=$2
shift 2
targets=("${@:-fragua}")

for tool in arm-linux-gnueabihf-g++ cmake ninja; do
  if ! command -v "$tool" >/dev/null; then
    echo "skipped: $tool is not installed (see tools/packages.txt)"
    exit 77
  fi
done
sysroot=${FRAGUA_ARMHF_SYSROOT:-$build/sysroot}
if ! "$source_folder/tools/armhf_sysroot.sh" "$sysroot"; then
  echo "skipped: the armhf libraries cannot be fetched"
  exit 77
fi

cd "$source_folder"
cmake --preset armhf -B "$build" -DFRAGUA_ARMHF_SYSROOT="$sysroot" -DFRAGUA_GOLDEN=ON \
  -DFRAGUA_TESTS=ON
cmake --build "$build" -j 2 --target "${targets[@]}"
