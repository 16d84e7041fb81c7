#!/bin/sh
# Loads the engine on a running board: bitstream by fpga_manager, then the device-tree overlay, then looks whether the UIO
# device is there. Needs root, and a kernel of the FPGA's vendor (the mainline kernel has neither file; docs/ZYBO.md, step 5).
#
#   fragua-load.sh BITSTREAM.bit.bin [OVERLAY.dtbo]
#
# Exit codes: 0 loaded, 1 the kernel refused, 2 usage or a file is not what is needed.
# FRAGUA_ROOT: a folder instead of / (tests).
set -eu

root=${FRAGUA_ROOT:-}
manager=$root/sys/class/fpga_manager/fpga0
overlays=$root/sys/kernel/config/device-tree/overlays
wait_tenths=${FRAGUA_WAIT_TENTHS:-50}

refuse() { echo "error: $1" >&2; exit "${2:-2}"; }

case $# in 1 | 2) ;; *) refuse "usage: fragua-load.sh BITSTREAM.bit.bin [OVERLAY.dtbo]" ;; esac
bitstream=$1
overlay=${2:-}
[ -r "$bitstream" ] || refuse "$bitstream cannot be read"
# The sync word as the kernel's driver wants it; a .bit file, or a .bin that is not reversed, has AA 99 55 66.
head -c 4096 "$bitstream" | od -An -v -tx1 | tr -d ' \n' | grep -q 665599aa ||
  refuse "$bitstream: no sync word 66 55 99 AA; take fragua.bit.bin, or make it with tools/bit_to_bin.py"
[ -d "$manager" ] || refuse "no $manager; the kernel needs CONFIG_FPGA_MGR_ZYNQ_FPGA" 1
[ -e "$manager/firmware" ] ||
  refuse "this kernel's fpga_manager has no 'firmware' file; load the bitstream in U-Boot (docs/ZYBO.md, step 5b)" 1
if [ -n "$overlay" ]; then
  [ -r "$overlay" ] || refuse "$overlay cannot be read"
  [ "$(od -An -N4 -tx1 "$overlay" | tr -d ' \n')" = d00dfeed ] ||
    refuse "$overlay is not a compiled overlay; dtc -@ -O dtb -o fragua.dtbo fragua.dtso"
  [ -d "$overlays" ] ||
    refuse "no $overlays; mount -t configfs none /sys/kernel/config, or merge the overlay at boot (docs/ZYBO.md, step 5b)" 1
fi

# The old engine's device must be gone before its logic is.
if [ -d "$overlays/fragua" ]; then
  rmdir "$overlays/fragua" || refuse "the overlay 'fragua' cannot be removed; end the programs that use the engine" 1
fi

name=fragua.bit.bin
mkdir -p "$root/lib/firmware"
cp "$bitstream" "$root/lib/firmware/.$name.new"
mv "$root/lib/firmware/.$name.new" "$root/lib/firmware/$name"
if [ -e "$manager/flags" ]; then echo 0 >"$manager/flags"; fi
echo "$name" >"$manager/firmware" || refuse "the kernel refused the bitstream; dmesg says why" 1
state=$(cat "$manager/state")
[ "$state" = operating ] || refuse "fpga_manager is '$state', expected 'operating'; is the bitstream for this board?" 1
[ -n "$overlay" ] || { echo "loaded: bitstream"; exit 0; }

mkdir "$overlays/fragua"
# configfs takes the overlay at once or not at all.
if ! cat "$overlay" >"$overlays/fragua/dtbo"; then
  rmdir "$overlays/fragua"
  refuse "the kernel refused the overlay; dmesg says why (a device tree without symbols: docs/ZYBO.md, errors)" 1
fi
tenths=0
while ! grep -qsx fragua "$root"/sys/class/uio/*/name; do
  tenths=$((tenths + 1))
  [ "$tenths" -le "$wait_tenths" ] ||
    refuse "no UIO device 'fragua' appeared; is uio_pdrv_genirq loaded with of_id=generic-uio?" 1
  sleep 0.1
done
echo "loaded: bitstream and overlay; UIO device 'fragua' is there"
