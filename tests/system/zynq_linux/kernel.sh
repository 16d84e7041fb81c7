#!/usr/bin/env bash
# Builds the guest's kernel from Debian's sources, if FOLDER has not got it already:
#   kernel.sh FOLDER
# FOLDER then holds zImage, zynq-zybo.dtb (with symbols) and gen_init_cpio; they are built anew when the
# sources, kernel.config or the board's fragua.config have changed. Exit code 77: skipped.
set -euo pipefail

if [ $# -ne 1 ]; then
  echo "usage: $0 FOLDER" >&2
  exit 2
fi
here=$(cd "$(dirname "$0")" && pwd)
source_folder=$(cd "$here/../../.." && pwd)
archive=${FRAGUA_KERNEL_SOURCE:-/usr/src/linux-source-6.1.tar.xz}
limit_s=3600 # ten minutes of two idle processors, and patience with busy ones
fragments=("$source_folder/driver/linux/board/fragua.config" "$here/kernel.config")

if ! [ -f "$archive" ]; then
  echo "skipped: there is no $archive (package linux-source-6.1, see tools/packages.txt)"
  exit 77
fi
for tool in arm-linux-gnueabihf-gcc make flex bison bc xz; do
  if ! command -v "$tool" >/dev/null; then
    echo "skipped: $tool is not installed (see tools/packages.txt)"
    exit 77
  fi
done

mkdir -p "$1"
folder=$(cd "$1" && pwd)
exec 9>"$folder/lock"
if ! flock -w "$limit_s" 9; then
  echo "error: another build in $folder has not ended within $limit_s s" >&2
  exit 1
fi
stamp=$(sha256sum "$archive" "${fragments[@]}" | cut -d' ' -f1)
if [ -f "$folder/stamp" ] && [ "$(cat "$folder/stamp")" = "$stamp" ]; then
  echo "kernel: $folder/zImage is current"
  exit 0
fi
rm -f "$folder/stamp"

work=$(mktemp -d "$folder/build.XXXXXX")
build_pid=
finish() {
  if [ -n "$build_pid" ]; then kill -- "-$build_pid" 2>/dev/null || true; fi
  rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT TERM

started=$SECONDS
say() { echo "kernel: $((SECONDS - started)) s: $1"; }

say "unpacking $archive"
tar -xf "$archive" -C "$work" --strip-components=1
cd "$work"
export ARCH=arm CROSS_COMPILE=arm-linux-gnueabihf- KCONFIG_NOTIMESTAMP=1
export KBUILD_BUILD_USER=fragua KBUILD_BUILD_HOST=zynq
say "configuring"
make -s allnoconfig
scripts/kconfig/merge_config.sh -m .config "${fragments[@]}" >merge.log 2>&1
make -s olddefconfig
# An option that Kconfig dropped, for a dependency that is missing, is an error here and not a
# riddle in the guest. OF_CONFIGFS is the vendor's kernel's.
grep -h '^CONFIG_' "${fragments[@]}" | while read -r option; do
  if [ "$option" != CONFIG_OF_CONFIGFS=y ] && ! grep -qx "$option" .config; then
    echo "error: $option did not survive; its dependencies are missing in ${fragments[*]}" >&2
    exit 1
  fi
done

# In a process group of its own, so that all of it can be ended.
steps=1170
set -m
timeout "$limit_s" make -j "$(nproc)" DTC_FLAGS=-@ zImage zynq-zybo.dtb >build.log 2>&1 &
build_pid=$!
set +m
while kill -0 "$build_pid" 2>/dev/null; do
  for ((i = 0; i < 150; ++i)); do
    kill -0 "$build_pid" 2>/dev/null || break
    sleep 0.1
  done
  say "$(grep -c '^  [A-Z]' build.log || true) of about $steps steps"
done
code=0
wait "$build_pid" || code=$?
build_pid=
if [ "$code" -ne 0 ]; then
  tail -n 30 build.log
  [ "$code" -eq 124 ] && echo "error: the build has not ended within $limit_s s" >&2
  echo "error: the kernel's build failed with $code" >&2
  exit 1
fi
cp arch/arm/boot/zImage arch/arm/boot/dts/zynq-zybo.dtb usr/gen_init_cpio "$folder/"
printf '%s' "$stamp" >"$folder/stamp"
say "built: $(stat -c %s "$folder/zImage") bytes"
