"""What the tests of the emulated board are made of: programs, files, expected bytes."""

import dataclasses
import pathlib
import re

from image import ROOT, Problem, make_device_tree, make_root, run

BOARD = ROOT / "driver/linux/board"
MIXED = """placement:
  default: fabric
  layers:
    fire3/*: arm
    fire7/expand3x3: arm
    conv10: arm
"""
PICTURE_SIDE = 227  # of the raw pictures in the reference data
CLASSES = 1000


@dataclasses.dataclass
class Kit:
    """What was built: the host's command, the plug-in, folders of the kernel and of work, the root file system."""

    fragua: pathlib.Path
    bridge: pathlib.Path
    kernel: pathlib.Path
    work: pathlib.Path
    root: pathlib.Path
    data: pathlib.Path
    spoil: bool = False
    figures: dict = dataclasses.field(default_factory=dict)

    def fill(self, armhf_fragua, busybox):
        """The root file system, with the files that the inferences name, here and there alike."""
        folder = self.work / "root"
        folder.mkdir()
        (folder / "mixed.yaml").write_text(MIXED, encoding="utf-8")
        if (self.data / "squeezenet").is_dir():
            self.prepare_real(folder)
        files = {file.name: file for file in folder.iterdir()}
        make_root(self.root, self.kernel / "gen_init_cpio", busybox, armhf_fragua, files)

    def prepare_real(self, folder):
        """An int8 network as it came, a float one quantised here, and a picture as the raw input of each."""
        data = self.data / "squeezenet"
        (folder / "int8.tflite").symlink_to(data / "int8/squeezenet_v1.1_227_int8_mean.tflite")
        picture = (data / "int8/inputs20_nhwc_rgb_int8.bin").read_bytes()[: PICTURE_SIDE * PICTURE_SIDE * 3]
        (folder / "picture227.bin").write_bytes(picture)
        side = 224  # rows and columns 1 to 224
        rows = [picture[((y + 1) * PICTURE_SIDE + 1) * 3 :][: side * 3] for y in range(side)]
        (folder / "picture224.bin").write_bytes(b"".join(rows))
        command = [self.fragua, "quantize", data / "squeezenet_v1.1_224.onnx", "--output", folder / "float.tflite"]
        command += ["--calibration", data / "images227", "--calibration-pictures", 8]
        run(*command, env={"FRAGUA_CONFIGS": str(ROOT / "configs")}, timeout=300)

    def real_networks(self):
        """Name, command line and, where it is known, the reference's bytes."""
        if not (self.work / "root/int8.tflite").exists():
            return []
        vectors = self.data / "squeezenet/int8/v1.1_227_mean_outputs40_int8.bin"
        return [
            (
                "real int8 .tflite, real picture, 227 x 227",
                ("--model", "int8.tflite", "--input", "picture227.bin"),
                vectors.read_bytes()[:CLASSES],
            ),
            (
                "real .onnx quantised here, real picture, 224 x 224",
                ("--model", "float.tflite", "--input", "picture224.bin"),
                None,
            ),
        ]

    def tree(self, overlay):
        """The kernel's device tree with one of the project's overlays."""
        path = self.work / f"{overlay.stem}.dtb"
        if not path.exists():
            make_device_tree(path, self.kernel / "zynq-zybo.dtb", [BOARD / "fragua-boot.dtso", overlay])
        return path

    def golden(self, network):
        """The bytes that have to come out, by the golden model here."""
        path = self.work / ("golden-" + re.sub(r"[^A-Za-z0-9.]+", "-", " ".join(map(str, network))) + ".bin")
        if not path.exists():
            folder = self.work / "root"
            command = [self.fragua, "run", *network, "--backend", "golden", "--output", path, "--quiet"]
            run(*command, cwd=folder, env={"FRAGUA_CONFIGS": str(ROOT / "configs")}, timeout=300)
        data = bytearray(path.read_bytes())
        if not data:
            raise Problem(f"{path}: no golden bytes")
        if self.spoil:
            data[len(data) // 2] ^= 1
        return bytes(data)
