"""Uploaded files, kept in the data folder, in a folder for each owner. A file name is never trusted."""

import filecmp
import os
import re
import unicodedata
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO

from index.load import PARSERS
from rag.errors import ConfigError, DocumentError, StorageError
from rag.settings import MEGABYTE, Settings
from rag.store.access import UPLOADS, uploads_folder
from rag.store.users import NAME, SHARED

BLOCK = 1 << 20
MAX_NAME = 120  # bytes with the suffix; file systems allow 255, and a number may be added
UNFINISHED = ".part"
_UNSAFE = re.compile(r'[<>:"|?*]')  # not allowed in file names on Windows, or special to a shell


class Uploads:
    """The uploaded files of a data folder; safe to use from many threads."""

    def __init__(self, settings: Settings):
        self._data_dir = settings.data_dir
        self._most = int(settings.max_file_mb * MEGABYTE)

    def save(self, owner: str, name: str, stream: IO[bytes]) -> Path:
        """Save a file under a safe form of its name, with a number where another file has it; the path.

        A file with the same content is not saved twice. Raises DocumentError where its type is not supported, or it is
        empty or too large, ConfigError where the owner is no user, and StorageError where it cannot be written.
        """
        name = safe_name(name)
        folder = self._folder(owner)
        try:
            with NamedTemporaryFile(dir=folder, prefix=".", suffix=UNFINISHED, delete=False) as file:
                try:
                    self._copy(stream, file.file)
                    return _keep(Path(file.name), folder, name)
                finally:
                    Path(file.name).unlink(missing_ok=True)
        except OSError as error:
            raise StorageError(f"{name!r} cannot be saved: {error.strerror or error}; make room on the disk") from error

    def files(self, owner: str) -> list[Path]:
        """The files of an owner, by name."""
        folder = self._folder(owner)
        return sorted(p for p in folder.iterdir() if p.is_file() and not p.is_symlink() and p.suffix != UNFINISHED)

    def owners(self) -> list[str]:
        """The owners of uploads; "" for what belongs to everybody."""
        home = self._data_dir.resolve() / UPLOADS
        names = sorted(path.name for path in home.iterdir() if path.is_dir()) if home.is_dir() else []
        return ["" if name == SHARED else name for name in names if name == SHARED or NAME.fullmatch(name)]

    def holds(self, owner: str, path: Path) -> bool:
        """Whether a file is in the owner's folder, links followed."""
        return path.resolve().parent == self._folder(owner)

    def _folder(self, owner: str) -> Path:
        folder = uploads_folder(self._data_dir.resolve(), owner)
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise StorageError(
                f"{str(folder)!r} cannot be made: {error.strerror or error}; check who may write there"
            ) from error
        if folder.resolve() != folder:
            raise ConfigError(f"{str(folder)!r} is a link that leads elsewhere: put a folder in its place")
        return folder

    def _copy(self, stream: IO[bytes], file: IO[bytes]) -> None:
        size = 0
        while block := stream.read(BLOCK):
            size += len(block)
            if size > self._most:
                raise DocumentError(
                    f"it has more than the {self._most:,} bytes allowed: split it, or raise max_file_mb"
                )
            file.write(block)
        if not size:
            raise DocumentError("the file is empty")
        file.flush()
        os.fsync(file.fileno())


def safe_name(name: str) -> str:
    """The last part of a file name, without folders and unseen characters.

    Raises DocumentError where its type is not supported.
    """
    last = unicodedata.normalize("NFC", re.split(r"[/\\]", name)[-1])
    shown = "".join(char for char in last if unicodedata.category(char)[0] != "C" and char not in "\u2028\u2029")
    clean = " ".join(_UNSAFE.sub("_", shown).split()).lstrip(". ").rstrip(". ")
    stem, dot, suffix = clean.rpartition(".")
    if not dot:
        stem, suffix = (clean, "") if f".{clean.lower()}" not in PARSERS else ("", clean)
    if f".{suffix.lower()}" not in PARSERS:
        raise DocumentError(f"{clean!r} is of a type that is not supported: choose one of {', '.join(PARSERS)}")
    room = MAX_NAME - len(suffix) - 1
    stem = stem.encode()[:room].decode("utf-8", "ignore").rstrip(". ") or "document"
    return f"{stem}.{suffix.lower()}"


def _keep(file: Path, folder: Path, name: str) -> Path:
    """Rename a complete file in one step, never over another one; one with the same content is kept instead."""
    for place in _places(folder, name):
        try:
            place.touch(mode=0o600, exist_ok=False)
        except FileExistsError:
            if place.is_file() and not place.is_symlink() and filecmp.cmp(file, place, shallow=False):
                return place
        else:
            return file.replace(place)
    raise AssertionError  # there is always one more number


def _places(folder: Path, name: str) -> Iterator[Path]:
    path = Path(name)
    yield folder / name
    for number in count(2):
        yield folder / f"{path.stem} ({number}){path.suffix}"
