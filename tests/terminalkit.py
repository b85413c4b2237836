"""Run a command of `rag` on a terminal."""

import os
import signal
import subprocess
import sys
from contextlib import suppress

import pytest

POSIX = pytest.mark.skipif(not hasattr(os, "openpty"), reason="a terminal of POSIX")


def on_terminal(*arguments: str, interrupt_at: str = "", typed: str = "") -> tuple[int, str]:
    """Exit status and output of a command on a terminal; Ctrl-C is pressed once the output has `interrupt_at`."""
    ours, theirs = os.openpty()
    code = f"from rag.cli import main; main({list(arguments)!r})"
    environment = os.environ | {"TERM": "xterm", "COLUMNS": "100"}
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment) as process:
        os.close(theirs)
        os.write(ours, typed.encode())
        written = b""
        with suppress(OSError):  # how Linux says that nobody writes any more
            while block := os.read(ours, 4096):
                written += block
                if interrupt_at and interrupt_at.encode() in written:
                    process.send_signal(signal.SIGINT)
                    interrupt_at = ""
    os.close(ours)
    return process.returncode, written.decode()
