#!/usr/bin/env bash
# Runs run.py with what the build has made, after the parts that are fetched or built outside of it:
#   test.sh SOURCE_FOLDER BUILD_FOLDER FRAGUA BRIDGE [OPTION OF run.py...]
# Exit code 77: skipped.
set -euo pipefail

source_folder=$1
build=$2
fragua=$3
bridge=$4
shift 4
here="$source_folder/tests/system/zynq_linux"

armhf="$build/armhf/fragua"
if ! [ -x "$armhf" ]; then
  echo "skipped: there is no $armhf; armhf_build says why"
  exit 77
fi
"$here/kernel.sh" "$build/zynq/kernel"
if ! "$source_folder/tools/armhf_sysroot.sh" "$build/zynq/busybox" busybox-static; then
  echo "skipped: busybox-static for armhf cannot be fetched"
  exit 77
fi
exec /usr/bin/python3 "$here/run.py" --fragua "$fragua" --bridge "$bridge" --armhf "$armhf" \
  --kernel "$build/zynq/kernel" --busybox "$build/zynq/busybox/bin/busybox" \
  --work "$build/zynq/run" "$@"
