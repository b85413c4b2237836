"""A folder -> the files in it that can be indexed, and what was passed over and why."""

from dataclasses import dataclass
from pathlib import Path

from index.load import READERS


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file or folder that is not indexed. `path`: POSIX path relative to the root, always printable."""

    path: str
    reason: str


def walk(root: Path) -> tuple[list[Path], list[Skipped]]:
    """The supported files of a folder and of the folders in it, in the order of their paths, and the rest.

    Hidden files and folders are passed over, and so are links: one that leaves the folder could bring in anything, one
    that stays leads to a file that is found anyway. A folder that cannot be opened is among the rest, never an error.
    """
    files: list[Path] = []
    skipped: list[Skipped] = []
    folders = [root]
    while folders:
        folder = folders.pop()
        try:
            entries = list(folder.iterdir())
        except OSError as error:
            skipped.append(_skip(root, folder, f"the folder cannot be opened: {error.strerror or error}"))
            continue
        for entry in entries:
            if reason := _reason(entry, root):
                skipped.append(_skip(root, entry, reason))
            elif entry.is_dir():
                folders.append(entry)
            else:
                files.append(entry)
    return sorted(files, key=lambda path: path.relative_to(root).as_posix()), sorted(skipped, key=lambda one: one.path)


def _reason(entry: Path, root: Path) -> str:
    """Why an entry of a folder is passed over, or an empty string."""
    if entry.name.startswith((".", "~$")):  # the second is what Word puts beside a document that is open
        return "hidden"
    try:
        entry.name.encode()
    except UnicodeEncodeError:
        return "its name is not valid UTF-8: rename it"
    if entry.is_symlink():
        return _link_reason(entry, root)
    if entry.is_dir():
        return ""
    if not entry.is_file():
        return "no regular file"
    return "" if entry.suffix.lower() in READERS else f"unsupported kind of file ({entry.suffix or 'no suffix'})"


def _link_reason(link: Path, root: Path) -> str:
    try:
        target = link.resolve(strict=True)
    except (OSError, RuntimeError):  # a missing target, links in a circle
        return "a link that leads nowhere"
    inside = target.is_relative_to(root.resolve())
    return "a link to what is in the folder anyway" if inside else "a link that leaves the folder"


def _skip(root: Path, path: Path, reason: str) -> Skipped:
    name = path.relative_to(root).as_posix()
    return Skipped(name.encode("utf-8", "backslashreplace").decode(), reason)
