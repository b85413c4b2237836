"""What a page wants to be searched: documents that were chosen, and those of a date, type or folder."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from rag.store.records import DocumentInfo

MAX_FOLDERS = 300
NAMES = ("after", "before", "type", "folder")


@dataclass(frozen=True, slots=True)
class Scope:
    """`sources`: all where there are none; `where`: of these, as the argument of `rag.assistant.Assistant.ask`."""

    sources: tuple[str, ...] = ()
    where: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Filters:
    """What can be filtered by: the types of files, without their dots, and the folders."""

    types: tuple[str, ...]
    folders: tuple[str, ...]


def parsed(scope: str) -> Scope:
    """What a page sends as JSON; all documents where it is no such thing."""
    try:
        found = json.loads(scope or "{}")
    except ValueError:
        return Scope()
    if not isinstance(found, dict):
        return Scope()
    sources, where = found.get("sources"), found.get("where")
    named = tuple(one for one in sources if isinstance(one, str)) if isinstance(sources, list) else ()
    return Scope(named, where_of(where if isinstance(where, dict) else {}))


def where_of(fields: Mapping[str, object]) -> dict[str, str]:
    """The filter among the fields of a form: those that are filled in."""
    return {name: value for name in NAMES if isinstance(value := fields.get(name), str) and value}


def filters(documents: Sequence[DocumentInfo]) -> Filters:
    """The types and folders of documents, each once, in order."""
    paths = [PurePosixPath(document.source) for document in documents]
    folders = sorted({str(folder) for path in paths for folder in path.parents if folder.name})
    types = sorted({path.suffix[1:].lower() for path in paths if path.suffix})
    return Filters(tuple(types), tuple(folders[:MAX_FOLDERS]))
