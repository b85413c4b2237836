"""Connections that say nothing, or take nothing, do not keep others out: they are limited in number and in time."""

import asyncio
import sys
from collections import Counter
from contextlib import suppress
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_SECONDS = 20.0  # from the first byte to the end of the headers
STALL_SECONDS = 60.0  # without a byte of a body that was begun, or taken of an answer
MOST_HEAD = 64_000  # bytes of headers
FILES = 8192  # descriptors asked of the system
SHARE = 0.5  # of the descriptors; the rest is for the index, its files and what is being read


def raise_limit() -> None:
    """Ask the system for as many descriptors as it allows, up to 8,192; most start with 1,024."""
    if sys.platform == "win32":
        return
    import resource  # noqa: PLC0415 (not on Windows)

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES if hard == resource.RLIM_INFINITY else min(FILES, hard)
    if soft < wanted:
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def most_connections() -> int:
    """Connections that may be open at the same time."""
    if sys.platform == "win32":
        return 256  # of the 512 that its C library has by default
    import resource  # noqa: PLC0415 (not on Windows)

    return max(16, int(min(resource.getrlimit(resource.RLIMIT_NOFILE)[0], FILES) * SHARE))


class Connection(HttpToolsProtocol):
    """An HTTP connection of uvicorn's with limits of its own.

    When there are too many, the address that has most of them loses its oldest idle one, or else its oldest.
    """

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self._most = most_connections()
        self._timer: asyncio.TimerHandle | None = None
        self._since = self.loop.time()
        self._in_head, self._head = False, 0  # whether headers are being read, and their bytes so far

    @property
    def address(self) -> str:
        """Where it comes from."""
        return self.client[0] if self.client else ""

    @property
    def is_busy(self) -> bool:
        """Whether an answer is being made or sent."""
        return self.cycle is not None and not self.cycle.response_complete

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin, and make room where there are too many."""
        super().connection_made(transport)
        self._expect(HEAD_SECONDS)
        if len(self.connections) > self._most:
            self._make_room()

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        self._expect(None)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take bytes, as long as they are not too many headers."""
        if self._timer and not self._in_head and self.is_busy:
            self._expect(STALL_SECONDS)  # a body goes on
        super().data_received(data)
        if self._in_head:
            self._head += len(data)
            if self._head > MOST_HEAD:
                self.transport.abort()

    def on_message_begin(self) -> None:
        """A request begins."""
        self._in_head, self._head = True, 0
        self._expect(HEAD_SECONDS)
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """The headers are there; a body may follow."""
        self._in_head = False
        self._expect(STALL_SECONDS)
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The whole request is there: the client owes nothing."""
        self._expect(None)
        super().on_message_complete()

    def pause_writing(self) -> None:
        """The client takes less than is sent."""
        self._expect(STALL_SECONDS)
        super().pause_writing()

    def resume_writing(self) -> None:
        """The client takes it again."""
        self._expect(None)
        super().resume_writing()

    def _expect(self, seconds: float | None) -> None:
        """Give the client this long to do what it has to do next, or all the time there is."""
        if self._timer:
            self._timer.cancel()
        self._timer = self.loop.call_later(seconds, self._late) if seconds else None

    def _late(self) -> None:
        self._timer = None
        if self.flow is not None and self.flow.read_paused:
            self._expect(STALL_SECONDS)  # it is the application that does not read on
        else:
            self.transport.abort()

    def _make_room(self) -> None:
        open_now = [one for one in self.connections if isinstance(one, Connection) and not one.transport.is_closing()]
        if len(open_now) <= self._most:
            return
        crowd = Counter(one.address for one in open_now).most_common(1)[0][0]
        theirs = [one for one in open_now if one.address == crowd]
        min(theirs, key=lambda one: (one.is_busy, one._since)).transport.abort()
