"""Plan a run: which files to index under which source, and which documents have lost their file.

A file stays one document, whichever path leads to it: an indexed file keeps its root and its source. A new file belongs
to the innermost indexed folder around it; a file given by itself, outside of all of them, has its parent as root.
Sources are relative to the root; where two roots would give the same sources, the folder's name is put in front.
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
class NotIndexed:
    """A file that is not in the index, and the reason."""

    source: str
    reason: str


@dataclass(frozen=True, slots=True)
class File:
    """A file to index. `relative`: POSIX path under `root`. `known`: its document in the index, None for a new file."""

    path: Path
    root: str
    relative: str
    source: str
    known: DocumentInfo | None


@dataclass(frozen=True, slots=True)
class Plan:
    """The work of a run: `roots` new or changed, `files` to index, documents whose file is `gone`, files `skipped`."""

    roots: tuple[Root, ...]
    files: tuple[File, ...]
    gone: tuple[DocumentInfo, ...]
    skipped: tuple[NotIndexed, ...]


def make_plan(
    paths: Sequence[Path], known_roots: Sequence[Root], documents: Sequence[DocumentInfo], data_dir: Path
) -> Plan:
    """Look through the paths; `data_dir` is skipped, unless a path in it is given.

    Raises ConfigError on a path that is missing or cannot be followed.
    """
    data_dir = data_dir.resolve()
    targets = [_resolved(path) for path in paths]
    before = {Path(root.path): root for root in known_roots}
    roots = _with_targets(before, targets, data_dir)
    known = {Path(doc.file.root, doc.file.path): doc for doc in documents}
    paths_found, skipped_reasons = _scan(targets, roots, known)
    in_scope = _scope(targets, data_dir)
    found = set(filter(in_scope, paths_found))
    owners = {path: Path(known[path].file.root) if path in known else _owner(path, roots) for path in found}
    gone = {path: doc for path, doc in known.items() if path not in found and in_scope(path)}
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
        NotIndexed(_source_of(path, roots), reason)
        for path, reason in skipped_reasons.items()
        if path not in found and in_scope(path)
    ]
    return Plan(
        roots=tuple(root for path, root in roots.items() if before.get(path) != root),
        files=tuple(sorted(files, key=lambda file: file.source)),
        gone=tuple(gone.values()),
        skipped=tuple(sorted(skipped, key=lambda one: one.source)),
    )


def _resolved(path: Path) -> Path:
    try:
        resolved = path.expanduser().resolve(strict=True)
        str(resolved).encode()
    except (OSError, RuntimeError) as error:
        raise ConfigError(
            f"{str(path)!r} cannot be indexed: {error.__class__.__name__}; give a file or folder that exists"
        ) from None
    except UnicodeEncodeError:
        raise ConfigError(f"the name {str(path)!r} is not valid UTF-8: rename it") from None
    return resolved


def _scope(targets: Sequence[Path], data_dir: Path) -> Callable[[Path], bool]:
    """Tells whether a path is in a target; a path in the data folder only counts in a target that is there itself."""
    inside = [target for target in targets if target.is_relative_to(data_dir)]

    def in_scope(path: Path) -> bool:
        return any(map(path.is_relative_to, inside if path.is_relative_to(data_dir) else targets))

    return in_scope


def _with_targets(before: Mapping[Path, Root], targets: Sequence[Path], data_dir: Path) -> Roots:
    """The roots and those that the targets add, whatever their order: folders before files, outer before inner ones.

    A user's upload folder is always a root: its documents are the user's, whatever is indexed around it.
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


def _scan(
    targets: Sequence[Path], roots: Mapping[Path, Root], known: Mapping[Path, DocumentInfo]
) -> tuple[Set[Path], dict[Path, str]]:
    """The files of the targets, and the reason for each path that is skipped.

    Folders that were indexed by themselves are scanned even where the folder around them hides them, and a document
    whose file was given by itself stays one as long as the file exists.
    """
    files_found = {target for target in targets if target.is_file()}
    reasons: dict[Path, str] = {}
    inside = [path for path, root in roots.items() if root.whole and any(map(path.is_relative_to, targets))]
    for folder in {*(target for target in targets if target.is_dir()), *inside}:
        files, skipped = walk(folder)
        files_found.update(files)
        reasons |= {folder / one.path: one.reason for one in skipped}
    for path, doc in known.items():
        by_name = not roots[Path(doc.file.root)].whole
        if by_name and any(map(path.is_relative_to, targets)) and path.is_file():
            files_found.add(path)
    return files_found, reasons


def _with_prefixes(roots: Roots, before: Set[Path], new: Mapping[Path, Path], taken: Set[str]) -> Roots:
    """The roots; a new one whose sources would collide gets its folder's name in front of them."""
    relative: dict[Path, set[str]] = {path: set() for path in roots.keys() - before}
    for path, owner in new.items():
        if owner in relative:
            relative[owner].add(path.relative_to(owner).as_posix())
    roots, taken = dict(roots), set(taken)
    for root in sorted(relative):
        own, others = relative[root], taken.union(*(names for other, names in relative.items() if other != root))
        if own & others:
            prefix = next(one for one in _prefixes(root) if others.isdisjoint(one + name for name in own))
            roots[root] = replace(roots[root], prefix=prefix)
            taken.update(prefix + name for name in own)
    return roots


def _sources(roots: Mapping[Path, Root], new: Mapping[Path, Path], taken: Set[str]) -> dict[Path, str]:
    """A source for each new file; where another file has it already, the folder's name is put in front."""
    taken, sources = set(taken), {}
    for path in sorted(new):
        root = roots[new[path]]
        relative = path.relative_to(root.path).as_posix()
        prefixes = (root.prefix,) if root.prefix + relative not in taken else _prefixes(Path(root.path))
        sources[path] = next(one + relative for one in prefixes if one + relative not in taken)
        taken.add(sources[path])
    return sources


def _prefixes(folder: Path) -> Iterator[str]:
    """Prefixes for the sources of a folder: its name, its parent and name, and so on."""
    names = folder.parts[1:]
    for at in range(len(names) - 1, -1, -1):
        yield "/".join(names[at:]) + "/"
    for number in count(2):
        yield f"{'/'.join(names)}-{number}/"


def _source_of(path: Path, roots: Mapping[Path, Root]) -> str:
    root = roots[_owner(path, roots)]
    return root.prefix + path.relative_to(root.path).as_posix()
