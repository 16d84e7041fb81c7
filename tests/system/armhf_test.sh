#!/usr/bin/env bash
# Cross-compiles the fragua command for the board's processor and runs it under qemu-arm:
#   armhf_test.sh SOURCE_FOLDER BUILD_FOLDER HOST_FRAGUA
# Its --backend arm must give the bytes that the host's --backend golden gives, on one thread and on
# two, and those of the reference vectors where they are at hand; so must every kernel on random
# shapes. The board file's instruction figures must be what a count gives. Exit code 77: skipped.
set -euo pipefail

source_folder=$1
build=$2
host_fragua=$3
data=${FRAGUA_DATA:-$source_folder/../shared/data}

if ! command -v qemu-arm >/dev/null; then
  echo "skipped: qemu-arm is not installed (see tools/packages.txt)"
  exit 77
fi
"$source_folder/tests/system/armhf_build.sh" "$source_folder" "$build" \
  fragua driver_arm_ops_test driver_arm_models_test arm_layers
cd "$source_folder"
arm_fragua=(qemu-arm "$build/fragua")

# The unit tests of the kernels, as the host runs them, on the board's kernels.
qemu-arm "$build/tests/unit/driver/driver_arm_ops_test" --gtest_brief=1
FRAGUA_DATA="$data" qemu-arm "$build/tests/unit/driver/driver_arm_models_test" --gtest_brief=1

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# A whole small network with seeded weights: 3 x 64 x 64 raw pixels in (all 256 byte values, 48
# times), one byte per class out.
for value in {0..255}; do
  # shellcheck disable=SC2059  # the format is the byte
  printf "\\$(printf '%03o' "$value")"
done >"$work/bytes"
for _ in {1..48}; do cat "$work/bytes"; done >"$work/in.bin"
options=(--model squeezenet-1.1 --size 64 --input "$work/in.bin" --quiet)
"$host_fragua" run "${options[@]}" --backend golden --output "$work/golden.bin"
"${arm_fragua[@]}" run "${options[@]}" --backend arm --output "$work/arm.bin"
[ -s "$work/golden.bin" ]
cmp "$work/golden.bin" "$work/arm.bin"
"${arm_fragua[@]}" run "${options[@]}" --backend arm --threads 2 --output "$work/arm2.bin"
cmp "$work/golden.bin" "$work/arm2.bin"
echo "squeezenet-1.1 at 64 x 64: $(wc -c <"$work/arm.bin") equal bytes"

if [ -d "$data/tflite/vww_96_int8" ]; then
  folder="$data/tflite/vww_96_int8"
  "${arm_fragua[@]}" run --model "$folder/model.tflite" --input "$folder/inputs_int8.bin" \
    --backend arm --output "$work/vww.bin" --quiet
  cmp "$folder/outputs_int8.bin" "$work/vww.bin"
  echo "vww_96_int8: $(wc -c <"$work/vww.bin") bytes equal to the reference vectors"
fi

# What the cost model says of instructions is what is counted.
/usr/bin/python3 tools/arm_counts.py --build "$build" --check 10

# The board file that the board's program writes is one it can read.
FRAGUA_CONFIGS="$source_folder/configs" "${arm_fragua[@]}" calibrate --seconds 0.01 --quiet \
  --output "$work/board.yaml"
FRAGUA_CONFIGS="$source_folder/configs" "${arm_fragua[@]}" inspect squeezenet-1.1 --size 64 \
  --board "$work/board.yaml" >/dev/null
