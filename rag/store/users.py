"""The users of the page: a file of salted password hashes, and the check of a name and password.

The file that RAG_AUTH names has one user on a line, `name:scrypt:n:r:p:salt:hash`; deleting a line removes the user.
There are no users by default, and no password is stored, logged or read from anywhere but the prompt.
"""

import hashlib
import hmac
import os
import re
import secrets
from base64 import b64decode, b64encode
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from tempfile import NamedTemporaryFile

from filelock import FileLock

from rag.errors import ConfigError
from rag.settings import Settings

NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,31}")
SHARED = "shared"
"""The folder name of everybody; no user can have it."""
MIN_PASSWORD, MAX_PASSWORD = 8, 1024  # characters; the minimum is that of NIST SP 800-63B, section 5.1.1
# scrypt with the parameters of OWASP's Password Storage Cheat Sheet: 32 MiB, a quarter of a second
COST, BLOCK_SIZE, PARALLEL = 2**15, 8, 3
MAX_MEMORY = 2**27  # bytes that the parameters in the file can make a check use


@dataclass(frozen=True, slots=True)
class _Hash:
    """A salted hash of a password, with the parameters of scrypt."""

    n: int
    r: int
    p: int
    salt: bytes
    digest: bytes

    @classmethod
    def of(cls, password: str) -> "_Hash":
        salt = secrets.token_bytes(16)
        return cls(COST, BLOCK_SIZE, PARALLEL, salt, _scrypt(password, salt, COST, BLOCK_SIZE, PARALLEL))

    @classmethod
    def parse(cls, fields: list[str]) -> "_Hash":
        """Raises ValueError where the fields are not those of a hash."""
        kind, n, r, p, salt, digest = fields
        parsed = cls(int(n), int(r), int(p), b64decode(salt, validate=True), b64decode(digest, validate=True))
        costs = parsed.n > 1 and parsed.n & (parsed.n - 1) == 0 and parsed.r > 0 and 0 < parsed.p <= 16
        if kind != "scrypt" or not costs or 128 * parsed.n * parsed.r > MAX_MEMORY or len(parsed.digest) != 32:
            raise ValueError
        return parsed

    def __str__(self) -> str:
        coded = (b64encode(part).decode() for part in (self.salt, self.digest))
        return ":".join(["scrypt", str(self.n), str(self.r), str(self.p), *coded])

    def matches(self, password: str) -> bool:
        return hmac.compare_digest(_scrypt(password, self.salt, self.n, self.r, self.p), self.digest)


class Users:
    """The users of one file, read at every check so that changes take effect at once; safe to use from many threads.

    Raises ConfigError where the file is missing, unreadable, malformed or empty.
    """

    def __init__(self, path: Path):
        self._path = path
        # compared with the password of an unknown user, so that the time does not tell which users exist
        self._dummy = _Hash(COST, BLOCK_SIZE, PARALLEL, secrets.token_bytes(16), secrets.token_bytes(32))
        self._versions: tuple[tuple[int, int], dict[str, str]] = ((0, 0), {})
        _read(path)

    def check(self, name: str, password: str) -> bool:
        """Whether this is the password of a user. Takes a quarter of a second, for unknown users too."""
        known = _read(self._path).get(name)
        return (known or self._dummy).matches(password[: MAX_PASSWORD + 1]) and known is not None

    def password_version(self, name: str) -> str:
        """A string that changes with a user's password, "" for an unknown user. Reads the file only if it changed."""
        try:
            status = self._path.stat()
            at = (status.st_mtime_ns, status.st_size)
            if self._versions[0] != at:
                self._versions = at, {user: str(hashed) for user, hashed in _read(self._path).items()}
        except (OSError, ConfigError):
            return ""
        return self._versions[1].get(name, "")


def add_user(path: Path, name: str, password: str) -> None:
    """Add a user to the file, which is made if it is missing, or change the password of a user.

    Raises ConfigError on a name or password that cannot be used, and where the file cannot be written.
    """
    check_name(name)
    if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD:
        raise ConfigError(
            f"the password has {len(password)!r} characters: choose one of {MIN_PASSWORD} to {MAX_PASSWORD}"
        )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(path.with_name(f"{path.name}.lock")):
            users = _read(path) if path.exists() else {}
            _write(path, users | {name: _Hash.of(password)})
    except OSError as error:
        raise ConfigError(f"the users in {str(path)!r} cannot be written: {error.strerror or error}") from None


def remove_user(path: Path, name: str) -> None:
    """Remove a user from the file. Raises ConfigError where there is no such user, or only this one."""
    try:
        with FileLock(path.with_name(f"{path.name}.lock")):
            users = _read(path)
            if name not in users:
                raise ConfigError(f"there is no user {name!r}: {str(path)!r} holds {', '.join(users)}")
            if len(users) == 1:
                raise ConfigError(f"{name!r} is the only user: delete {str(path)!r} to have none")
            _write(path, {other: hashed for other, hashed in users.items() if other != name})
    except OSError as error:
        raise ConfigError(f"the users in {str(path)!r} cannot be written: {error.strerror or error}") from None


def user_names(path: Path) -> list[str]:
    """The names of all users. Raises ConfigError where the file cannot be read."""
    return sorted(_read(path))


def check_name(name: str) -> None:
    """Raise ConfigError on a name that is not allowed for a user."""
    if not NAME.fullmatch(name) or name == SHARED:
        raise ConfigError(
            f"{name[:60]!r} cannot be a user's name: take up to 32 lower-case letters, digits, dots, dashes and "
            f"underscores, beginning with a letter or digit, and not {SHARED!r}"
        )


def users_file(settings: Settings) -> Path:
    """The file of users. Raises ConfigError where RAG_AUTH does not name one."""
    if settings.auth is None:
        raise ConfigError("no file for users is set: set RAG_AUTH to the path of one, such as users.txt, and try again")
    return settings.auth.expanduser()


def require_users_beyond_loopback(host: str, settings: Settings) -> None:
    """Raise ConfigError where other machines could reach the page and there are no users."""
    if is_loopback(host):
        return
    if settings.auth is None:
        raise ConfigError(
            f"host {host!r} lets other machines in, and anybody there could read your documents: set RAG_AUTH to a "
            "file, add people with `rag user add NAME` and start again; or leave --host out to stay on this machine"
        )
    Users(users_file(settings))


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches a server on `host`; names other than localhost are not trusted."""
    with suppress(ValueError):
        return ip_address(host.strip("[]").partition("%")[0]).is_loopback
    return host.lower() == "localhost"


def _scrypt(password: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    data = password.encode("utf-8", "surrogatepass")
    return hashlib.scrypt(data, salt=salt, n=n, r=r, p=p, maxmem=2 * MAX_MEMORY, dklen=32)


def _read(path: Path) -> dict[str, _Hash]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        raise ConfigError(f"there is no file of users {str(path)!r}: make it with `rag user add NAME`") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"the users in {str(path)!r} cannot be read: {error}") from None
    users: dict[str, _Hash] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        name, *fields = line.strip().split(":")
        try:
            check_name(name)
            users[name] = _Hash.parse(fields)
        except (ValueError, ConfigError):
            raise ConfigError(
                f"line {number} of {str(path)!r} is no user: delete it and run `rag user add NAME`"
            ) from None
    if not users:
        raise ConfigError(f"the file {str(path)!r} holds no users: run `rag user add NAME`")
    return users


def _write(path: Path, users: dict[str, _Hash]) -> None:
    """Replace the file in one step; only its owner may read it."""
    with NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
        try:
            file.writelines(
                f"{name}:{hashed}\n" for name, hashed in sorted(users.items())
            )  # NamedTemporaryFile: mode 0600
            file.flush()
            os.fsync(file.fileno())
            Path(file.name).replace(path)
        except BaseException:
            Path(file.name).unlink(missing_ok=True)
            raise
