"""What the emulated board starts from: root file system and device tree."""

import pathlib
import shutil
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[3]
HERE = pathlib.Path(__file__).resolve().parent
LIMIT_S = 120


class Problem(Exception):
    """What is missing or went wrong, and what to do."""


def run(*command, **options):
    """The output of a program that has to succeed."""
    command = [str(word) for word in command]
    try:
        done = subprocess.run(
            command, capture_output=True, timeout=options.pop("timeout", LIMIT_S), check=False, **options
        )
    except FileNotFoundError:
        raise Problem(f"{command[0]} is not installed (see tools/packages.txt)") from None
    except subprocess.TimeoutExpired:
        raise Problem(f"{' '.join(command)}: has not ended within its time") from None
    if done.returncode != 0:
        text = (done.stdout + done.stderr).decode(errors="replace")
        raise Problem(f"{' '.join(command)}: exit code {done.returncode}\n{text}")
    return done.stdout


def make_root(path, generator, busybox, fragua, files):
    """A cpio archive with busybox, the board's command, our configurations and `files` {name: file here}.

    The kernel's own generator writes it: device nodes without being root.
    """
    entries = [f"dir /{name} 0755 0 0" for name in ("bin", "dev", "proc", "sys", "tmp", "fragua")]
    entries += [
        "nod /dev/console 0600 0 0 c 5 1",
        f"file /init {HERE / 'init'} 0755 0 0",
        f"file /bin/busybox {busybox} 0755 0 0",
        "slink /bin/sh busybox 0777 0 0",
        f"file /bin/fragua {fragua} 0755 0 0",
    ]
    contents = {f"configs/{file.relative_to(ROOT / 'configs')}": file for file in (ROOT / "configs").rglob("*.yaml")}
    contents.update(files)
    folders = {parent for name in contents for parent in pathlib.PurePosixPath(name).parents if str(parent) != "."}
    entries += [f"dir /fragua/{folder} 0755 0 0" for folder in sorted(folders)]
    entries += [f"file /fragua/{name} {file} 0644 0 0" for name, file in sorted(contents.items())]
    listing = path.with_suffix(".list")
    listing.write_text("\n".join(entries) + "\n", encoding="utf-8")
    path.write_bytes(run(generator, listing))


def make_device_tree(path, base, overlays):
    """The kernel's tree with the project's overlays, merged as docs/ZYBO.md says."""
    compiled = []
    for overlay in overlays:
        compiled.append(path.with_name(overlay.stem + ".dtbo"))
        run("dtc", "-q", "-@", "-I", "dts", "-O", "dtb", "-o", compiled[-1], overlay)
    if shutil.which("fdtoverlay") is None:
        raise Problem("fdtoverlay is not installed (package device-tree-compiler)")
    run("fdtoverlay", "-i", base, "-o", path, *compiled)
