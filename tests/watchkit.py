"""A process and all that it starts, under strace: whom they call, which names they look up, which files they open.

System calls are the same for Python and for native code. What is handed to the kernel by io_uring strace does not see,
so it has the kernel say that it knows no io_uring; libraries then make system calls.
"""

import ipaddress
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

STRACE = [
    shutil.which("strace") or "strace", "-f", "--seccomp-bpf", "-qq", "-s", "256", "-e", "signal=none",
    "-e", "trace=network,execve,open,openat,openat2,creat,io_uring_setup", "-e", "inject=io_uring_setup:error=ENOSYS",
]  # fmt: skip
DNS = 53
_SOCKET = re.compile(r"\d+ +socket\((\w+)")
_KINDS = {"AF_UNIX", "AF_NETLINK", "AF_INET", "AF_INET6"}
_CALL = re.compile(r"\d+ +(?:connect|sendto|sendmsg|sendmmsg|bind)\(")
_ADDRESS = re.compile(
    r'sin_port=htons\((\d+)\), sin_addr=inet_addr\("([^"]+)"\)'
    r'|sin6_port=htons\((\d+)\).*?inet_pton\(AF_INET6, "([^"]+)"'
)
_OPENED = re.compile(r'\d+ +(?:open|openat|openat2|creat)\((?:AT_FDCWD, )?"([^"]+)"(.*)')
# how a name is looked up: by glibc, which reads these first, or by a service of this machine
_NAMES = re.compile(r'"/etc/(?:hosts|resolv\.conf)"|sun_path=@?"[^"]*(?:nscd|resolve|avahi|dbus)')


@dataclass(frozen=True)
class Watched:
    """What a command did. `beyond`: calls that leave this machine or look a name up, as strace writes them.

    `called`: the addresses on this machine that it connected to. `made`: files opened so that they are made where they
    are missing. `opened`: all files, those among them. `started`: how many programs ran, with those that it started.
    """

    status: int
    said: str
    beyond: list[str]
    called: set[tuple[str, int]]
    made: set[str]
    opened: set[str]
    started: int

    def loaded(self, package: str) -> list[str]:
        """Files of an installed package that were opened: its modules and its native libraries."""
        return sorted(path for path in self.opened if f"/site-packages/{package}/" in path)


def why_not() -> str:
    """Why nothing can be watched here; "" where it can."""
    if shutil.which("strace") is None:
        return "no strace on this machine: install the package strace (Linux has it)"
    tried = subprocess.run([*STRACE, "-o", os.devnull, "true"], capture_output=True, text=True, check=False)
    return f"strace cannot watch here: {tried.stderr[-200:]}" if tried.returncode else ""


def python(code: str, *arguments: str) -> list[str]:
    """The command that runs some code in a Python of its own."""
    return [sys.executable, "-c", code, *arguments]


def watch(
    command: Sequence[str], environment: Mapping[str, str], trace: Path, *, told: str = "",
    during: Callable[[subprocess.Popen[str]], None] = lambda _: None,
) -> Watched:  # fmt: skip
    """Run a command in the current folder. `told`: its standard input; `during`: what is done while it runs."""
    with subprocess.Popen(
        [*STRACE, "-o", str(trace), *command], env=dict(environment), text=True, start_new_session=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    ) as process:  # fmt: skip
        try:
            during(process)
            said, _ = process.communicate(told, timeout=240)
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)  # strace alone would leave what it watches behind
            raise
    lines = trace.read_text(errors="replace").splitlines()
    opened = [found for line in lines if (found := _OPENED.match(line))]
    return Watched(
        status=process.returncode,
        said=said,
        beyond=list(_beyond(lines)),
        called={address for line in lines if " connect(" in line for address in _addresses(line)},
        made={found[1] for found in opened if "O_CREAT" in found[2]},
        opened={found[1] for found in opened},
        started=sum("execve" in line and line.endswith(" = 0") for line in lines),
    )


def interrupt(trace: Path) -> None:
    """Ctrl-C for the command that is being watched."""
    os.kill(int(trace.read_text(errors="replace").split(maxsplit=1)[0]), signal.SIGINT)


def _beyond(lines: Sequence[str]) -> Iterator[str]:
    for line in lines:
        socket = _SOCKET.match(line)
        away = _CALL.match(line) and any(port == DNS or not _loopback(host) for host, port in _addresses(line))
        if away or (socket and socket[1] not in _KINDS) or _NAMES.search(line):
            yield line


def _addresses(line: str) -> list[tuple[str, int]]:
    """(host, port) of each internet address in a call."""
    return [(found[2] or found[4], int(found[1] or found[3])) for found in _ADDRESS.finditer(line)]


def _loopback(host: str) -> bool:
    address = ipaddress.ip_address(host)
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback
