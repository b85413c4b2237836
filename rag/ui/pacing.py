"""Wrong passwords make the next try wait, by address and by name; nobody is ever locked out, by a stranger least."""

import time
from collections import defaultdict, deque
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address

WINDOW_SECONDS = 60.0
FREE = 5  # tries in a window that do not wait
FIRST_SECONDS, LONGEST_SECONDS = 0.5, 10.0
MOST_KEYS = 10_000

Key = tuple[str, str]


class Pacing:
    """How long a try to sign in has to wait. Use it from one thread.

    The wait doubles with each try beyond five in a minute, up to ten seconds. Who has signed in from an address before
    does not wait for what others do there, nor for what others do elsewhere in that name.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic):
        self._clock = clock
        self._tries: defaultdict[Key, deque[float]] = defaultdict(deque)
        self._known: dict[Key, None] = {}

    def begin(self, address: str, name: str) -> float:
        """Seconds that a try has to wait; it counts from now on, as if the password were wrong."""
        now = self._clock()
        if len(self._tries) > MOST_KEYS:
            self._forget(now)
        keys = self._keys(address, name)
        waits = [_wait(self._recent(key, now)) for key in keys]
        for key in keys:
            self._tries[key].append(now)
        return max(waits)

    def succeeded(self, address: str, name: str) -> None:
        """The password was right."""
        for key in self._keys(address, name):
            if self._tries[key]:
                self._tries[key].pop()
        self._known[address_of(address), name] = None
        if len(self._known) > MOST_KEYS:
            del self._known[next(iter(self._known))]

    def _keys(self, address: str, name: str) -> list[Key]:
        both = (address_of(address), name)
        return [both] if both in self._known else [(both[0], ""), ("", name)]

    def _recent(self, key: Key, now: float) -> int:
        tries = self._tries[key]
        while tries and now - tries[0] > WINDOW_SECONDS:
            tries.popleft()
        return len(tries)

    def _forget(self, now: float) -> None:
        self._tries = defaultdict(deque, {key: self._tries[key] for key in list(self._tries) if self._recent(key, now)})


def address_of(host: str) -> str:
    """What counts as one address: of IPv6 the network of 64 bits, which one customer has all of."""
    try:
        found = ip_address(host)
    except ValueError:
        return host
    return str(IPv6Address(int(found) >> 64 << 64)) if isinstance(found, IPv6Address) else str(found)


def _wait(tries: int) -> float:
    return 0.0 if tries < FREE else min(LONGEST_SECONDS, FIRST_SECONDS * 2.0 ** min(tries - FREE, 10))
