"""Login throttling: wrong passwords delay the next attempt, by address and by name; nobody is ever locked out."""

import time
from collections import defaultdict, deque
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address

WINDOW_SECONDS = 60.0
FREE_ATTEMPTS = 5  # in a window, without a delay
FIRST_SECONDS, MAX_SECONDS = 0.5, 10.0
MAX_KEYS = 10_000

Key = tuple[str, str]


class Pacing:
    """How long an attempt to sign in is delayed. Use it from one thread.

    The delay doubles with each attempt beyond five in a minute, up to ten seconds. Who has signed in from an address
    before is not delayed by what others do there, or elsewhere in that name.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic):
        self._clock = clock
        self._attempts: defaultdict[Key, deque[float]] = defaultdict(deque)
        self._known: dict[Key, None] = {}

    def begin(self, address: str, name: str) -> float:
        """Seconds by which an attempt is delayed; it is counted, as if the password were wrong."""
        now = self._clock()
        if len(self._attempts) > MAX_KEYS:
            self._forget(now)
        keys = self._keys(address, name)
        delays = [_delay(self._recent(key, now)) for key in keys]
        for key in keys:
            self._attempts[key].append(now)
        return max(delays)

    def succeeded(self, address: str, name: str) -> None:
        """The password was right: the attempt does not count."""
        for key in self._keys(address, name):
            if self._attempts[key]:
                self._attempts[key].pop()
        self._known[address_of(address), name] = None
        if len(self._known) > MAX_KEYS:
            del self._known[next(iter(self._known))]

    def _keys(self, address: str, name: str) -> list[Key]:
        both = (address_of(address), name)
        return [both] if both in self._known else [(both[0], ""), ("", name)]

    def _recent(self, key: Key, now: float) -> int:
        attempts = self._attempts[key]
        while attempts and now - attempts[0] > WINDOW_SECONDS:
            attempts.popleft()
        return len(attempts)

    def _forget(self, now: float) -> None:
        recent = {key: self._attempts[key] for key in list(self._attempts) if self._recent(key, now)}
        self._attempts = defaultdict(deque, recent)


def address_of(host: str) -> str:
    """What counts as one address: of IPv6 the /64 network, all of which one customer has."""
    try:
        found = ip_address(host)
    except ValueError:
        return host
    return str(IPv6Address(int(found) >> 64 << 64)) if isinstance(found, IPv6Address) else str(found)


def _delay(attempts: int) -> float:
    beyond = attempts - FREE_ATTEMPTS
    return min(MAX_SECONDS, FIRST_SECONDS * 2.0 ** min(beyond, 10)) if beyond >= 0 else 0.0
