"""The emulated board: QEMU, and the engine of `fragua serve` in another process."""

import contextlib
import ctypes
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time

import yaml

from console import Console
from image import ROOT, Problem

MEMORY_MIB = 512
BOOT_LIMIT_S = 120
LIBC = ctypes.CDLL(None)
PR_SET_PDEATHSIG = 1


def end_with_parent():
    """In a child: ends when this program does, however it does."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def memory_folder():
    """Where a file of the guest's memory is cheap: in memory, if there is room for it."""
    shared = pathlib.Path("/dev/shm")
    if shared.is_dir() and shutil.disk_usage(shared).free > (MEMORY_MIB + 128) << 20:
        return shared
    return None


class Machine:
    """A board that is on, as a context: at its end nothing of it is left."""

    def __init__(self, kit, logs, tree, bootargs="", backend="rtl", faults=(), mask=False, engine="zybo-z7-10"):
        self.kit = kit
        self.logs = logs
        self.tree = tree
        self.bootargs = bootargs
        self.backend = backend
        self.faults = faults
        self.mask = mask
        self.engine = engine
        self.folder = None
        self.server = self.qemu = self.console = None
        self.boot_s = 0.0
        board = yaml.safe_load((ROOT / "rtl/zybo/kit.yaml").read_text(encoding="utf-8"))
        self.registers = board["registers"]
        self.spi = board["interrupt"]["spi"]
        self.window = board["dma"]["reserved_base"]

    def __enter__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="fragua-zynq.", dir=memory_folder()))
        try:
            self.start_server()
            self.start_qemu(interactive=False)
            begin = time.monotonic()
            self.console = Console(self.qemu, self.open_log("serial"))
            self.console.wait_for("^@ready$", BOOT_LIMIT_S, self.check)
            self.boot_s = time.monotonic() - begin
            # Both have mapped it: now it ends with them, even if this program is killed.
            (self.folder / "ddr").unlink()
        except BaseException:
            self.close()
            raise
        return self

    @contextlib.contextmanager
    def interactive(self):
        """The same with the console at this program's own terminal; gives QEMU's process."""
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="fragua-zynq.", dir=memory_folder()))
        try:
            self.start_server()
            self.start_qemu(interactive=True)
            yield self.qemu
        finally:
            self.close()

    def __exit__(self, kind, *_):
        try:
            if kind is None:
                self.shut_down()
        finally:
            self.close()

    def open_log(self, name):
        return open(self.logs / f"{name}.log", "wb")

    @property
    def socket(self):
        return self.folder / "engine"

    def start_server(self):
        memory = self.folder / "ddr"
        with open(memory, "wb") as file:
            file.truncate(MEMORY_MIB << 20)
        command = [self.kit.fragua, "serve", "--socket", self.socket, "--memory", memory]
        command += ["--memory-offset", self.window, "--backend", self.backend, "--engine", self.engine]
        for fault in self.faults:
            command += ["--fault", fault]
        with self.open_log("serve") as log:
            self.server = subprocess.Popen(
                [str(word) for word in command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={"FRAGUA_CONFIGS": str(ROOT / "configs")},
                preexec_fn=end_with_parent,
            )
        self.wait_for_server("at unix:", 60)

    def start_qemu(self, interactive):
        memory = self.folder / "ddr"
        bridge = f"{self.kit.bridge},socket={self.socket},base={self.registers['base']:#x}"
        bridge += f",bytes={self.registers['bytes']:#x},spi={self.spi}" + (",mask=on" if self.mask else "")
        base = (ROOT / "driver/linux/board/bootargs.txt").read_text(encoding="utf-8").strip()
        command = ["qemu-system-arm", "-machine", "xilinx-zynq-a9,memory-backend=ddr", "-m", f"{MEMORY_MIB}M"]
        command += ["-object", f"memory-backend-file,id=ddr,size={MEMORY_MIB}M,mem-path={memory},share=on"]
        command += ["-kernel", self.kit.kernel / "zImage", "-initrd", self.kit.root, "-dtb", self.tree]
        command += ["-append", f"console=ttyPS0,115200 {base} {self.bootargs}".strip()]
        command += ["-display", "none", "-no-reboot", "-nic", "none", "-plugin", bridge]
        command += ["-monitor", "none", "-serial", "null", "-serial", "mon:stdio" if interactive else "stdio"]
        with self.open_log("qemu") as log:
            self.qemu = subprocess.Popen(
                [str(word) for word in command],
                stdin=None if interactive else subprocess.PIPE,
                stdout=None if interactive else subprocess.PIPE,
                stderr=log,
                preexec_fn=end_with_parent,
            )

    def serve_log(self):
        return (self.logs / "serve.log").read_text(encoding="utf-8", errors="replace")

    def qemu_log(self):
        return (self.logs / "qemu.log").read_text(encoding="utf-8", errors="replace")

    def check(self):
        """Raises when the engine's process or QEMU has died."""
        if self.server.poll() is not None:
            raise Problem(f"the engine's process has ended with {self.server.returncode}")
        if self.qemu.poll() is not None:
            raise Problem(f"QEMU has ended with {self.qemu.returncode}: {self.qemu_log()}")

    def wait_for_server(self, text, limit_s, count=1):
        """Until the server's log holds a text so many times."""
        deadline = time.monotonic() + limit_s
        while self.serve_log().count(text) < count:
            if self.server.poll() is not None:
                raise Problem(f"the engine's process has ended with {self.server.returncode}: {self.serve_log()}")
            if time.monotonic() > deadline:
                raise Problem(f"the engine's process has not said '{text}' within {limit_s} s")
            time.sleep(0.02)

    def run(self, command, limit_s):
        return self.console.run(command, limit_s, self.check)

    def shut_down(self):
        """The guest ends, then QEMU by itself, then the engine by Ctrl-C."""
        self.console.send("exit")
        deadline = time.monotonic() + 30
        while self.qemu.poll() is None:
            if time.monotonic() > deadline:
                raise Problem("the guest has not shut down within 30 s")
            try:
                self.console.read(0.1)
            except Problem:
                self.qemu.wait(timeout=5)
        if self.qemu.returncode != 0:
            raise Problem(f"QEMU has ended with {self.qemu.returncode}: {self.qemu_log()}")
        self.server.send_signal(signal.SIGINT)
        if self.server.wait(timeout=30) != 130:
            raise Problem(f"the engine's process has ended with {self.server.returncode} after Ctrl-C")
        left = [file.name for file in self.folder.iterdir()]
        if left:
            raise Problem(f"left behind: {', '.join(left)}")

    def close(self):
        for process in (self.qemu, self.server):
            if process is not None and process.poll() is None:
                process.kill()
                process.wait()
        if self.console:
            self.console.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)
