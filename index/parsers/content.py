"""What every reader of a format hands back, and the building of a stored text from blocks."""

import datetime
import re
from collections.abc import Iterable
from dataclasses import dataclass

from rag.errors import DocumentError
from rag.schema import Heading
from rag.text.normalize import searchable

MAX_CHARACTERS = 20_000_000
MAX_HEADING = 200
MAX_CELL = 300  # a table with a longer cell is there for the layout of a form, not for its rows
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
_DATE = re.compile(r"(?:D:)?(\d{4})[-/]?(\d{2})[-/]?(\d{2})")


@dataclass(frozen=True, slots=True)
class Content:
    """The text of a file with its pages and headings, and the title and date that the format itself states."""

    text: str
    pages: tuple[int, ...] = ()
    headings: tuple[Heading, ...] = ()
    title: str | None = None
    date: str | None = None


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, heading (`level` 1 to 9), list item or table row; `tight` ones stand on lines without a gap."""

    text: str
    level: int = 0
    tight: bool = False


def clean(text: str) -> str:
    """Text as it is stored: line ends unified, without BOM, NUL and lone surrogates."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "").removeprefix("\ufeff")
    return text if text.isascii() else re.sub("[\ud800-\udfff]", "\ufffd", text)


def expect_length(characters: int) -> None:
    """Raises DocumentError where a text is longer than what is indexed of one file."""
    if characters > MAX_CHARACTERS:
        raise DocumentError(
            f"it holds {characters:,} characters or more; up to {MAX_CHARACTERS:,} of a file are read: split it"
        )


def assemble(blocks: Iterable[Block]) -> tuple[str, tuple[Heading, ...]]:
    """One text of the blocks, with blank lines between all but the tight ones, and its headings; empty blocks go."""
    parts: list[str] = []
    headings: list[Heading] = []
    at = 0
    tight = False
    for block in blocks:
        text = _CONTROL.sub("", clean(block.text)).strip()
        if not text:
            continue
        if parts:
            parts.append("\n" if tight and block.tight else "\n\n")
            at += len(parts[-1])
        if block.level:
            text = re.sub(r"\s+", " ", text)
            headings.append(Heading(at, block.level, searchable(text)[:MAX_HEADING]))
        parts.append(text)
        at += len(text)
        tight = block.tight
    return "".join(parts), tuple(headings)


def iso_date(stated: str | None) -> str | None:
    """The ISO date at the head of a date that a file states (2024-03-01T..., D:20240301...), or None."""
    match = _DATE.match((stated or "").strip())
    try:
        return datetime.date(*map(int, match.groups())).isoformat() if match else None
    except ValueError:
        return None
