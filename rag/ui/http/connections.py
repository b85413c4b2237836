"""Limits on connections, in number and in time: those that send or receive nothing do not keep others out."""

import asyncio
import sys
from collections import Counter
from contextlib import suppress
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_SECONDS = 20.0  # from the first byte to the end of the headers
STALL_SECONDS = 60.0  # without a byte sent of a body, or received of a response
MAX_HEAD = 64_000  # bytes of headers
DESCRIPTORS = 8192  # asked of the system
SHARE = 0.5  # of the descriptors; the others are for the index, its files and what is being read


def raise_descriptor_limit() -> None:
    """Ask the system for as many file descriptors as it allows, up to 8,192; most begin with 1,024."""
    if sys.platform == "win32":
        return
    import resource  # noqa: PLC0415 (not on Windows)

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = DESCRIPTORS if hard == resource.RLIM_INFINITY else min(DESCRIPTORS, hard)
    if soft < wanted:
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def max_connections() -> int:
    """Connections that may be open at the same time."""
    if sys.platform == "win32":
        return 256  # of the 512 that its C library has by default
    import resource  # noqa: PLC0415 (not on Windows)

    return max(16, int(min(resource.getrlimit(resource.RLIMIT_NOFILE)[0], DESCRIPTORS) * SHARE))


class Connection(HttpToolsProtocol):
    """An HTTP connection of uvicorn with limits of its own.

    When there are too many, the address with the most of them loses its oldest idle one, or else its oldest.
    """

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self._max = max_connections()
        self._timer: asyncio.TimerHandle | None = None
        self._since = self.loop.time()
        self._in_head, self._head = False, 0  # whether headers are being read, and their bytes so far

    @property
    def address(self) -> str:
        """The address of the client."""
        return self.client[0] if self.client else ""

    @property
    def is_busy(self) -> bool:
        """Whether a response is being made or sent."""
        return self.cycle is not None and not self.cycle.response_complete

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start, and close another connection where there are too many."""
        super().connection_made(transport)
        self._expect(HEAD_SECONDS)
        if len(self.connections) > self._max:
            self._make_room()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the timer."""
        self._expect(None)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Receive bytes, unless they are too many headers."""
        if self._timer and not self._in_head and self.is_busy:
            self._expect(STALL_SECONDS)  # more of a body has come
        super().data_received(data)
        if self._in_head:
            self._head += len(data)
            if self._head > MAX_HEAD:
                self.transport.abort()

    def on_message_begin(self) -> None:
        """A request begins: its headers are expected."""
        self._in_head, self._head = True, 0
        self._expect(HEAD_SECONDS)
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """The headers are complete; a body may follow."""
        self._in_head = False
        self._expect(STALL_SECONDS)
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The request is complete: nothing is expected of the client."""
        self._expect(None)
        super().on_message_complete()

    def pause_writing(self) -> None:
        """The client receives more slowly than is sent."""
        self._expect(STALL_SECONDS)
        super().pause_writing()

    def resume_writing(self) -> None:
        """The client has received what was sent."""
        self._expect(None)
        super().resume_writing()

    def _expect(self, seconds: float | None) -> None:
        """Give the client so many seconds for what it has to do next; None for any time."""
        if self._timer:
            self._timer.cancel()
        self._timer = self.loop.call_later(seconds, self._time_out) if seconds else None

    def _time_out(self) -> None:
        self._timer = None
        if self.flow is not None and self.flow.read_paused:
            self._expect(STALL_SECONDS)  # it is the application that does not read on
        else:
            self.transport.abort()

    def _make_room(self) -> None:
        connections = [one for one in self.connections if isinstance(one, Connection)]
        open_now = [one for one in connections if not one.transport.is_closing()]
        if len(open_now) <= self._max:
            return
        address = Counter(one.address for one in open_now).most_common(1)[0][0]
        crowd = [one for one in open_now if one.address == address]
        min(crowd, key=lambda one: (one.is_busy, one._since)).transport.abort()
