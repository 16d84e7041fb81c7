"""The guest's serial console, as a test talks to it."""

import base64
import os
import re
import select
import time

from image import Problem


class Console:
    """Commands in, text out; every wait is bounded, everything is logged."""

    def __init__(self, process, log):
        self.process = process
        self.log = log
        self.text = ""  # not looked at yet
        self.number = 0

    def wait_for(self, pattern, limit_s, watch=None):
        """The match of a pattern in what the guest says; what is before it is passed over.

        `watch` is called now and then and may raise, such as when another process has died.
        """
        expression = re.compile(pattern, re.MULTILINE)
        deadline = time.monotonic() + limit_s
        while True:
            match = expression.search(self.text)
            if match:
                before = self.text[: match.start()]
                self.text = self.text[match.end() :]
                return before, match
            left = deadline - time.monotonic()
            if left <= 0:
                raise Problem(f"the guest has not said '{pattern}' within {limit_s} s")
            if watch:
                watch()
            self.read(min(left, 0.2))

    def read(self, limit_s):
        source = self.process.stdout
        if not select.select([source], [], [], limit_s)[0]:
            return
        data = os.read(source.fileno(), 65536)
        if not data:
            raise Problem("QEMU has ended")
        self.log.write(data)
        self.log.flush()
        self.text += data.decode(errors="replace").replace("\r", "")

    def send(self, line):
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()

    def run(self, command, limit_s, watch=None):
        """Exit code and output (both streams) of a command in the guest's shell."""
        self.number += 1
        # The mark is put together in the guest, so that no echo of it can be taken for an answer.
        self.send(f"{{ {command}; }} </dev/null 2>&1; echo \"@\"done {self.number} $?")
        output, match = self.wait_for(rf"^@done {self.number} (\d+)$", limit_s, watch)
        return int(match.group(1)), output.lstrip("\n")

    def fetch(self, path, limit_s=60):
        """The bytes of a file of the guest."""
        code, text = self.run(f"base64 {path}", limit_s)
        if code != 0:
            raise Problem(f"the guest's {path} cannot be read: {text}")
        return base64.b64decode("".join(text.split()), validate=True)
