"""The board kit's Linux side says what the kit, the register map, the board file and the driver say."""

import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

import yaml

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[3]
sys.path[:0] = [str(HERE), str(ROOT / "tools")]

import bit_to_bin  # noqa: E402
import board_kit  # noqa: E402
import dry_run  # noqa: E402
import engine_params  # noqa: E402

LINUX = ROOT / "driver" / "linux"
BOARD = LINUX / "board"
DEVICE_TREES = [LINUX / "fragua.dtso", BOARD / "fragua-reserved.dtso", BOARD / "fragua-heap.dtso"]
COMPATIBLE = "generic-uio"


def read(path):
    return path.read_text(encoding="utf-8")


def device_name():
    """The UIO device the driver opens unless told otherwise."""
    header = read(LINUX / "include" / "fragua" / "driver_linux" / "linux_port.h")
    return re.search(r'std::string device = "([^"]+)"', header).group(1)


class DeviceTree(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.place = pathlib.Path(self.folder.name)
        self.kit = board_kit.load()

    def compile(self, source):
        out = self.place / (source.stem + ".dtb")
        done = subprocess.run(["dtc", "-@", "-I", "dts", "-O", "dtb", "-o", out, source], capture_output=True, text=True,
                              check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""), f"dtc {source}")
        return out

    def merged(self, *overlays):
        out = self.place / "merged.dtb"
        subprocess.run(["fdtoverlay", "-i", self.compile(HERE / "zynq_base.dts"), "-o", out,
                        *map(self.compile, overlays)], check=True)
        return out

    def get(self, tree, node, name, form="x"):
        done = subprocess.run(["fdtget", "-t", form, tree, node, name], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, f"{node} {name}: {done.stderr}")
        return done.stdout.strip() if form == "s" else [int(word, 16) for word in done.stdout.split()]

    def test_every_overlay_is_checked(self):
        self.assertEqual({*DEVICE_TREES, BOARD / "fragua-boot.dtso"}, set(LINUX.rglob("*.dtso")))

    def test_engine_nodes_agree_with_the_kit(self):
        registers, interrupt = self.kit["registers"], self.kit["interrupt"]
        node = f"/{device_name()}@{registers['base']:x}"
        for overlay in DEVICE_TREES:
            with self.subTest(overlay=overlay.name):
                tree = self.merged(overlay)
                self.assertEqual(self.get(tree, node, "reg")[:2], [registers["base"], registers["bytes"]])
                self.assertEqual(self.get(tree, node, "interrupts"), [0, interrupt["spi"], 4])
                intc = self.get(tree, "/interrupt-controller@f8f01000", "phandle")
                self.assertEqual(self.get(tree, node, "interrupt-parent"), intc)
                self.assertEqual(self.get(tree, node, "compatible", "s"), COMPATIBLE)
                clkc = self.get(tree, "/clock-controller", "phandle")
                self.assertEqual(self.get(tree, node, "assigned-clocks"), [*clkc, 15])
                for board in self.kit["boards"].values():
                    engine = engine_params.load(ROOT / "configs" / "engines" / f"{board['engine']}.yaml")
                    self.assertEqual(self.get(tree, node, "assigned-clock-rates"), [engine["clock_mhz"] * 1000000])

    def test_memories_agree_with_the_kit(self):
        dma = self.kit["dma"]
        udmabuf = self.merged(LINUX / "fragua.dtso")
        self.assertEqual(self.get(udmabuf, "/udmabuf0", "size"), [dma["udmabuf_bytes"]])
        self.assertEqual(self.get(udmabuf, "/udmabuf0", "compatible", "s"), "ikwzm,u-dma-buf")
        region = [dma["reserved_base"], dma["reserved_bytes"]]
        reserved = self.merged(BOARD / "fragua-reserved.dtso")
        base = self.kit["registers"]["base"]
        self.assertEqual(self.get(reserved, f"/{device_name()}@{base:x}", "reg")[2:], region)
        self.assertEqual(self.get(reserved, f"/reserved-memory/fragua-dma@{region[0]:x}", "reg"), region)
        self.assertEqual(self.get(reserved, f"/reserved-memory/fragua-dma@{region[0]:x}", "no-map"), [])

    def test_clock_is_kept_on_at_boot(self):
        self.assertEqual(self.get(self.merged(BOARD / "fragua-boot.dtso"), "/clock-controller", "fclk-enable"), [1])


class OnePlaceForNumbers(unittest.TestCase):
    def setUp(self):
        self.kit = board_kit.load()

    def test_registers_fit_the_block_and_the_address_bits(self):
        source = yaml.safe_load(read(ROOT / "configs" / "registers.yaml"))
        size = self.kit["registers"]["bytes"]
        self.assertLess(max(r["offset"] for r in source["registers"]), size)
        width = re.search(r"\[(\d+):0\] s_axi_awaddr", read(ROOT / "rtl" / "fr_engine.sv")).group(1)
        self.assertEqual(1 << (int(width) + 1), size)

    def test_reserved_region_is_the_board_files_window(self):
        ddr = yaml.safe_load(read(ROOT / "configs" / "boards" / "zybo.yaml"))["ddr"]
        dma = self.kit["dma"]
        self.assertEqual((dma["reserved_base"], dma["reserved_bytes"]), (ddr["window_base"], ddr["window_bytes"]))
        for name, board in self.kit["boards"].items():
            self.assertLessEqual(dma["reserved_base"] + dma["reserved_bytes"], board["ddr_mib"] << 20, name)

    def test_doctor_looks_at_the_kits_line_and_port(self):
        header = read(LINUX / "src" / "doctor" / "zynq.h")

        def constant(name):
            return int(re.search(rf"\b{name} = (\w+);", header).group(1), 0)

        self.assertEqual(constant("kInterruptSpi"), self.kit["interrupt"]["spi"])
        design = read(ROOT / "rtl" / "zybo" / "design.tcl")
        self.assertIn(f"ps7/S_AXI_HP{constant('kHpPort')}}}", design)
        self.assertEqual(set(re.findall(r"S_AXI_HP(\d)", design)), {str(constant("kHpPort"))})
        width = int(re.search(r"S_AXI_HP\d_DATA_WIDTH (\d+)", design).group(1))
        board = yaml.safe_load(read(ROOT / "configs" / "boards" / "zybo.yaml"))
        self.assertEqual(width, board["ddr"]["width_bits"])
        self.assertEqual(self.kit["registers"]["base"], board["register_port"]["base"])

    def test_documents_name_no_other_address(self):
        registers, dma = self.kit["registers"], self.kit["dma"]
        known = {registers["base"], registers["bytes"], dma["reserved_base"], dma["reserved_bytes"], dma["udmabuf_bytes"]}
        for name in ("ZYBO.md", "LINUX.md"):
            text = re.sub(r"0x[fF]8[0-9A-Fa-f]{6}|0xFF\b", "", read(ROOT / "docs" / name))  # the processor's own registers
            found = {int(n, 16) for n in re.findall(r"0x[0-9A-Fa-f]+", text)}
            found |= {int(n, 16) for n in re.findall(r"fragua@([0-9a-f]{8})", text)}
            self.assertLessEqual(found, known, name)


class KernelSettings(unittest.TestCase):
    def test_udev_rule_names_what_the_driver_opens(self):
        rules = [line for line in read(LINUX / "60-fragua.rules").splitlines() if line and not line.startswith("#")]
        name = device_name()
        sources = "".join(read(p) for p in (LINUX / "src").glob("*.cc"))
        self.assertIn('engine.entry().name + "-dma"', sources)
        uio = {re.search(r'ATTR\{name\}=="([^"]+)"', r).group(1) for r in rules if 'SUBSYSTEM=="uio"' in r}
        self.assertEqual(uio, {name, name + "-dma"})
        # /sys/class/X is the subsystem X; the heaps' folder in /dev has their subsystem's name.
        for subsystem, where in (("uio", "/sys/class/uio/"), ("u-dma-buf", "/sys/class/u-dma-buf/"),
                                 ("dma_heap", "/dev/dma_heap")):
            self.assertIn(f'"{where}"', sources)
            self.assertTrue(any(f'SUBSYSTEM=="{subsystem}"' in r and 'MODE="0660"' in r for r in rules), subsystem)
        files = set(re.findall(r"/sys%p/(\w+)", "".join(rules)))
        self.assertEqual(files, set(re.findall(r'"/(sync_\w+)"', sources)))
        for rule in rules:
            for key in re.findall(r"(?:^|, )([A-Z]+)", rule):
                self.assertIn(key, {"SUBSYSTEM", "ATTR", "GROUP", "MODE", "SYMLINK", "ACTION", "RUN"}, rule)
            if "GROUP=" in rule:
                self.assertIn('GROUP="fragua"', rule)

    def test_command_line_and_modules_bind_the_node(self):
        words = read(BOARD / "bootargs.txt").split()
        self.assertIn(f"uio_pdrv_genirq.of_id={COMPATIBLE}", words)
        self.assertIn("clk_ignore_unused", words)
        cma = next(int(re.fullmatch(r"cma=(\d+)M", w).group(1)) for w in words if w.startswith("cma="))
        bytes_ = board_kit.load()["dma"]["udmabuf_bytes"]
        self.assertGreaterEqual(cma << 20, 2 * bytes_)
        modprobe = read(BOARD / "fragua-modprobe.conf")
        self.assertIn(f"\noptions uio_pdrv_genirq of_id={COMPATIBLE}\n", modprobe)
        self.assertIn(f"udmabuf0={bytes_}\n", modprobe)
        loaded = [w for w in read(BOARD / "fragua-modules-load.conf").splitlines() if not w.startswith("#")]
        self.assertEqual(loaded, ["uio_pdrv_genirq", "u-dma-buf"])


class LoadScript(unittest.TestCase):
    """fragua-load.sh in a folder that looks like /sys; the kernel's answers are the test's."""

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.root = pathlib.Path(self.folder.name)
        self.manager = self.root / "sys/class/fpga_manager/fpga0"
        self.overlays = self.root / "sys/kernel/config/device-tree/overlays"
        uio = self.root / "sys/class/uio/uio0"
        for folder in (self.manager, self.overlays, uio):
            folder.mkdir(parents=True)
        for name, text in (("firmware", ""), ("flags", "1"), ("state", "operating\n")):
            (self.manager / name).write_text(text, encoding="utf-8")
        (uio / "name").write_text(device_name() + "\n", encoding="utf-8")
        self.bit = self.root / "in.bit.bin"
        self.bit.write_bytes(bit_to_bin.convert(dry_run.bit_file("7z010clg400")))
        self.dtbo = self.root / "in.dtbo"
        self.dtbo.write_bytes(bytes.fromhex("d00dfeed0000"))

    def load(self, *arguments):
        done = subprocess.run(["sh", BOARD / "fragua-load.sh", *arguments], capture_output=True, text=True, check=False,
                              env=dict(os.environ, FRAGUA_ROOT=str(self.root), FRAGUA_WAIT_TENTHS="1"))
        return done.returncode, done.stdout + done.stderr

    def test_loads_both(self):
        code, text = self.load(self.bit, self.dtbo)
        self.assertEqual(code, 0, text)
        self.assertEqual((self.root / "lib/firmware/fragua.bit.bin").read_bytes(), self.bit.read_bytes())
        self.assertEqual(read(self.manager / "firmware"), "fragua.bit.bin\n")
        self.assertEqual(read(self.manager / "flags"), "0\n")
        self.assertEqual((self.overlays / "fragua/dtbo").read_bytes(), self.dtbo.read_bytes())

    def refused(self, code, message, *arguments):
        found, text = self.load(*arguments)
        self.assertEqual(found, code, text)
        self.assertIn(message, text)

    def test_refuses_with_the_reason(self):
        self.refused(2, "usage")
        self.refused(2, "cannot be read", self.root / "absent")
        plain = self.root / "plain.bit"
        plain.write_bytes(dry_run.bit_file("7z010clg400"))
        self.refused(2, "bit_to_bin.py", plain)
        self.refused(2, "not a compiled overlay", self.bit, plain)
        self.assertFalse((self.root / "lib").exists())
        (self.root / "sys/class/uio/uio0/name").write_text("other\n", encoding="utf-8")
        self.refused(1, "no UIO device", self.bit, self.dtbo)

    def test_refuses_what_the_kernel_lacks(self):
        (self.manager / "state").write_text("write error\n", encoding="utf-8")
        self.refused(1, "'write error'", self.bit)
        self.overlays.rmdir()
        self.refused(1, "configfs", self.bit, self.dtbo)
        (self.manager / "firmware").unlink()
        self.refused(1, "U-Boot", self.bit)


if __name__ == "__main__":
    unittest.main()
