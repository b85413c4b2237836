"""Which documents are searched, by date, type and folder: the argument `where`, resolved to the names of documents."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from pathlib import PurePosixPath
from typing import Self

from rag.errors import ConfigError, SourceMissing
from rag.retrieve.dated import meets, period
from rag.retrieve.suggest import require_sources
from rag.shown import counted
from rag.store.ledger import Ledger
from rag.store.records import DocumentInfo

MAX_NAMED = 3  # documents that a note names


@dataclass(frozen=True, slots=True)
class Where:
    """A filter of documents; None: not filtered by.

    `after`, `before`: dated on that day or after it, on it or before it; a document of which only the year or month is
    known passes where a day of it would. `type`: the suffix of the file, without its dot. `folder`: as in the source.
    """

    after: date | None = None
    before: date | None = None
    type: str | None = None
    folder: str | None = None

    @classmethod
    def parse(cls, values: Mapping[str, str]) -> Self:
        """The filter that these texts describe. Raises ConfigError on an unknown key and on what is no date."""
        known = [field.name for field in fields(cls)]
        if unknown := sorted(set(values) - set(known)):
            raise ConfigError(f"unknown key {unknown[0]!r} in where: use {', '.join(known[:-1])} or {known[-1]}")
        after, before = _date("after", values.get("after")), _date("before", values.get("before"))
        if after and before and after > before:
            raise ConfigError(f"no day is after {after.isoformat()!r} and before {before.isoformat()!r}: swap the two")
        kind = _text("type", values.get("type"))
        folder = _text("folder", values.get("folder"))
        return cls(after, before, kind and kind.lstrip(".").lower(), folder and folder.replace("\\", "/").strip("/"))

    def select(self, documents: Sequence[DocumentInfo]) -> "Selected":
        """The documents that pass. Raises SourceMissing where none does."""
        among = [one for one in documents if self._named(one)]
        undated = [one for one in among if period(one) is None] if self.after or self.before else []
        passed = tuple(one.source for one in among if self._dated(one))
        left_out = f"{len(undated)} of the {len(among)} documents have no date and were left out." if undated else ""
        if not passed:
            asked = {f.name: str(value) for f in fields(self) if (value := getattr(self, f.name)) is not None}
            raise SourceMissing(
                f"no document matches where={asked!r}: ask with less in it. {left_out}{' ' if left_out else ''}"
                "`rag sources` lists what there is"
            )
        return Selected(passed, left_out)

    def words(self) -> list[str]:
        """What it asks for, each in words."""
        said = {
            "dated {} or later": self.after and self.after.isoformat(),
            "dated {} or earlier": self.before and self.before.isoformat(),
            "of type {}": self.type,
            "in folder {}": self.folder,
        }
        return [words.format(value) for words, value in said.items() if value]

    def _named(self, document: DocumentInfo) -> bool:
        path = PurePosixPath(document.source)
        if self.type is not None and path.suffix.lower() != f".{self.type}":
            return False
        return not self.folder or f"/{path.parent}/".casefold().find(f"/{self.folder}/".casefold()) >= 0

    def _dated(self, document: DocumentInfo) -> bool:
        if self.after is None and self.before is None:
            return True
        found = period(document)
        return found is not None and meets(found, (self.after or date.min, self.before or date.max))


@dataclass(frozen=True, slots=True)
class Selected:
    """The sources of the documents that passed a filter, and a note on those without a date, "" where all have one."""

    sources: tuple[str, ...]
    note: str


def within(
    ledger: Ledger, sources: Sequence[str] | None, where: Mapping[str, str] | None
) -> tuple[Sequence[str] | None, tuple[str, ...]]:
    """The sources to search, None for all, and notes about that choice.

    Raises ConfigError where `where` is malformed, and SourceMissing where one of `sources` is not in the index, or no
    document passes `where`.
    """
    if sources is not None:
        require_sources(ledger, sources)
    if not sources and not where:
        return sources, ()
    named, asked = tuple(dict.fromkeys(sources or ())), Where.parse(where or {})
    selected = Selected(named, "")
    if where:
        selected = asked.select([d for d in ledger.documents() if sources is None or d.source in named])
    chosen = ", ".join(named) if len(named) <= MAX_NAMED else f"{len(named)} that were chosen"
    said = "; ".join(filter(None, (chosen, ", ".join(asked.words()))))
    only = f"Searched only {len(selected.sources)} of {counted(len(ledger.sources()), 'document')}: {said}."
    return selected.sources, tuple(filter(None, (only, selected.note)))


def _date(key: str, value: str | None) -> date | None:
    if value is None:
        return None
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise ConfigError(f"{key} in where is no date: {value!r}; write it as 2022-01-31") from None


def _text(key: str, value: str | None) -> str | None:
    if value is not None and not (isinstance(value, str) and value.strip("./\\ ")):
        raise ConfigError(f"{key} in where is empty: {value!r}; leave it out, or name a {key}")
    return value.strip() if value is not None else None
