"""Walk a folder: the files that can be indexed, and the reason for each path that is skipped."""

from dataclasses import dataclass
from pathlib import Path

from index.load import PARSERS


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file or folder that is skipped. `path`: POSIX path relative to the root, always printable."""

    path: str
    reason: str


def walk(root: Path) -> tuple[list[Path], list[Skipped]]:
    """The supported files of a folder and its subfolders, and the skipped paths, both in the order of their paths.

    Hidden files and folders are skipped, and so are links: one that leaves the folder could bring in anything, one that
    stays leads to a file that is found anyway. A folder that cannot be opened is skipped, never an error.
    """
    files: list[Path] = []
    skipped: list[Skipped] = []
    folders = [root]
    while folders:
        folder = folders.pop()
        try:
            entries = list(folder.iterdir())
        except OSError as error:
            skipped.append(_skip(root, folder, f"the folder cannot be opened ({error.strerror or error})"))
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
    """Why an entry of a folder is skipped, or an empty string."""
    if entry.name.startswith((".", "~$")):  # Word writes the second beside an open document
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
        return "not a regular file"
    return "" if entry.suffix.lower() in PARSERS else f"unsupported file type ({entry.suffix or 'no suffix'})"


def _link_reason(link: Path, root: Path) -> str:
    try:
        target = link.resolve(strict=True)
    except (OSError, RuntimeError):  # a missing target, links in a circle
        return "a broken link"
    inside = target.is_relative_to(root.resolve())
    return "a link to a file of the same folder" if inside else "a link to outside the folder"


def _skip(root: Path, path: Path, reason: str) -> Skipped:
    name = path.relative_to(root).as_posix()
    return Skipped(name.encode("utf-8", "backslashreplace").decode(), reason)
