"""Paths -> the files to index, each with its root and its source, and the documents whose file has gone.

A file is one document for good, by whatever path it is reached: what is indexed keeps its root and its source. A new
file belongs to the innermost indexed folder around it; a file named by itself, outside of all, has its parent as root.
Sources are relative to the root; a root whose sources another root has as well gets its folder's name in front.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

from index.walk import walk
from rag.errors import ConfigError
from rag.store.access import enclosing_uploads
from rag.store.records import DocumentInfo, Root

Roots = dict[Path, Root]


@dataclass(frozen=True, slots=True)
class Left:
    """A file that is not in the index, and why."""

    source: str
    reason: str


@dataclass(frozen=True, slots=True)
class File:
    """A file to index. `relative`: POSIX path under `root`. `known`: the document that it is so far."""

    path: Path
    root: str
    relative: str
    source: str
    known: DocumentInfo | None


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run is about: folders that are new or asked for in a new way, the files, and what is not there."""

    roots: tuple[Root, ...]
    files: tuple[File, ...]
    gone: tuple[DocumentInfo, ...]
    skipped: tuple[Left, ...]


def make_plan(
    paths: Sequence[Path], known_roots: Sequence[Root], documents: Sequence[DocumentInfo], data_dir: Path
) -> Plan:
    """Look through the paths; `data_dir` is passed over, unless a path in it is given.

    Raises ConfigError on a path that is not there: a folder that is only not mounted must not empty the index.
    """
    data_dir = data_dir.resolve()
    targets = [_resolved(path) for path in paths]
    before = {Path(root.path): root for root in known_roots}
    roots = _with_targets(before, targets, data_dir)
    known = {Path(doc.file.root, doc.file.path): doc for doc in documents}
    found, passed_over = _look(targets, roots, known)
    asked = _asked(targets, data_dir)
    found = set(filter(asked, found))
    owners = {path: Path(known[path].file.root) if path in known else _owner(path, roots) for path in found}
    gone = {path: doc for path, doc in known.items() if path not in found and asked(path)}
    taken = {doc.source for path, doc in known.items() if path not in gone}
    new = {path: owner for path, owner in owners.items() if path not in known}
    roots = _with_prefixes(roots, before.keys(), new, taken)
    sources = _sources(roots, new, taken)
    files = [
        File(
            path,
            str(owner),
            path.relative_to(owner).as_posix(),
            sources.get(path) or known[path].source,
            known.get(path),
        )
        for path, owner in owners.items()
    ]
    skipped = [
        Left(_shown(path, roots), reason) for path, reason in passed_over.items() if path not in found and asked(path)
    ]
    return Plan(
        roots=tuple(root for path, root in roots.items() if before.get(path) != root),
        files=tuple(sorted(files, key=lambda file: file.source)),
        gone=tuple(gone.values()),
        skipped=tuple(sorted(skipped, key=lambda left: left.source)),
    )


def _resolved(path: Path) -> Path:
    try:
        found = path.expanduser().resolve(strict=True)
        str(found).encode()
    except (OSError, RuntimeError) as error:
        raise ConfigError(
            f"{str(path)!r} cannot be indexed: {error.__class__.__name__}; give a file or folder that is there. "
            "Documents of a folder that is gone for good are dropped with `rag remove`"
        ) from None
    except UnicodeEncodeError:
        raise ConfigError(f"the name {str(path)!r} is not valid UTF-8: rename it") from None
    return found


def _asked(targets: Sequence[Path], data_dir: Path) -> Callable[[Path], bool]:
    """Whether a path is in what the run is about: in a target, and in the data folder only if that target is."""
    inside = [target for target in targets if target.is_relative_to(data_dir)]

    def asked(path: Path) -> bool:
        return any(map(path.is_relative_to, inside if path.is_relative_to(data_dir) else targets))

    return asked


def _with_targets(before: Mapping[Path, Root], targets: Sequence[Path], data_dir: Path) -> Roots:
    """The roots, and those that the targets add: folders first, outer ones first, so that their order is no matter.

    A user's folder of uploads is always a root: its documents are the user's, whatever is indexed around it.
    """
    roots = dict(before)
    for target in sorted(targets, key=lambda path: (path.is_file(), len(path.parts))):
        if uploads := enclosing_uploads(target, data_dir):
            home, owner = uploads
            roots.setdefault(home, Root(str(home), f"{owner}/" if owner else "", whole=True, owner=owner))
        elif not _around(target, roots):
            home = target.parent if target.is_file() else target
            root = roots.get(home, Root(str(home), prefix="", whole=False))
            roots[home] = replace(root, whole=root.whole or target.is_dir())
    return roots


def _around(path: Path, roots: Mapping[Path, Root]) -> Path | None:
    """The innermost folder around a path that is indexed as a whole."""
    return next((folder for folder in (path, *path.parents) if folder in roots and roots[folder].whole), None)


def _owner(path: Path, roots: Mapping[Path, Root]) -> Path:
    return _around(path, roots) or path.parent


def _look(
    targets: Sequence[Path], roots: Mapping[Path, Root], known: Mapping[Path, DocumentInfo]
) -> tuple[Set[Path], dict[Path, str]]:
    """The files of the targets, and what is passed over with its reason.

    Folders that were indexed for themselves are looked through even where the folder around them hides them, and a
    document that was asked for by name stays one as long as its file is there.
    """
    found = {target for target in targets if target.is_file()}
    passed_over: dict[Path, str] = {}
    inside = [path for path, root in roots.items() if root.whole and any(map(path.is_relative_to, targets))]
    for folder in {*(target for target in targets if target.is_dir()), *inside}:
        files, skipped = walk(folder)
        found.update(files)
        passed_over |= {folder / one.path: one.reason for one in skipped}
    for path, doc in known.items():
        by_name = not roots[Path(doc.file.root)].whole
        if by_name and any(map(path.is_relative_to, targets)) and path.is_file():
            found.add(path)
    return found, passed_over


def _with_prefixes(roots: Roots, before: Set[Path], new: Mapping[Path, Path], taken: Set[str]) -> Roots:
    """The roots, each new one that would collide with the folder's name in front of its sources."""
    relative: dict[Path, set[str]] = {path: set() for path in roots.keys() - before}
    for path, owner in new.items():
        if owner in relative:
            relative[owner].add(path.relative_to(owner).as_posix())
    roots, taken = dict(roots), set(taken)
    for root in sorted(relative):
        own, others = relative[root], taken.union(*(names for other, names in relative.items() if other != root))
        if own & others:
            prefix = next(tail for tail in _tails(root) if others.isdisjoint(tail + name for name in own))
            roots[root] = replace(roots[root], prefix=prefix)
            taken.update(prefix + name for name in own)
    return roots


def _sources(roots: Mapping[Path, Root], new: Mapping[Path, Path], taken: Set[str]) -> dict[Path, str]:
    """A source for each new file. Where it is taken by a file that came first, the folder's name comes in front."""
    taken, sources = set(taken), {}
    for path in sorted(new):
        root = roots[new[path]]
        relative = path.relative_to(root.path).as_posix()
        tails = (root.prefix,) if root.prefix + relative not in taken else _tails(Path(root.path))
        sources[path] = next(tail + relative for tail in tails if tail + relative not in taken)
        taken.add(sources[path])
    return sources


def _tails(folder: Path) -> Iterator[str]:
    """What can stand in front of the sources of a folder: its name, its parent and name, and so on."""
    names = folder.parts[1:]
    for at in range(len(names) - 1, -1, -1):
        yield "/".join(names[at:]) + "/"
    for number in count(2):
        yield f"{'/'.join(names)}-{number}/"


def _shown(path: Path, roots: Mapping[Path, Root]) -> str:
    root = roots[_owner(path, roots)]
    return root.prefix + path.relative_to(root.path).as_posix()
