"""The answer as text: a line that counts, then a line for each document with its title, file and date."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from rag.answer.kinds.collecting.mentions import Mention
from rag.retrieve.dated import period, shown
from rag.schema import Citation
from rag.shown import counted
from rag.store.records import DocumentInfo
from rag.text.markdown import sanitize
from rag.text.markers import escape_in_passage
from rag.text.normalize import searchable, strip_controls

SHOWN = 30  # documents of an answer; more are counted


@dataclass
class Written:
    """Lines of an answer, each with its markers; one that quotes a document has a citation."""

    lines: list[tuple[str, tuple[int, ...]]] = field(default_factory=list)
    citations: list[Citation] = field(default_factory=list)

    def say(self, line: str) -> None:
        """Add a line that cites nothing."""
        self.lines.append((line, ()))

    def list(self, line: str, mention: Mention | None) -> None:
        """Add a line about a document, with its quote and a marker where there is one."""
        if mention is None:
            self.say(line)
            return
        number = len(self.citations) + 1
        self.citations.append(Citation(number, mention.source, None, mention.start, mention.end, mention.quote))
        before, after = ("… " if mention.cut[0] else ""), (" …" if mention.cut[1] else "")
        self.lines.append((f"{line}: “{before}{clean(mention.quote)}{after}”", (number,)))


def clean(text: str) -> str:
    """Text of a document or a question in one line, in which nothing looks like a marker, a tag or a link."""
    return sanitize(escape_in_passage(searchable(" ".join(strip_controls(text).split()))))


def line_of(document: DocumentInfo) -> str:
    """A document in one line: its title, its file and its date."""
    days = period(document)
    return f"{clean(document.title)} ({clean(document.source)}, {shown(days) if days else 'no date'})"


def rest_of(documents: Sequence[DocumentInfo]) -> str:
    """Says how many documents are not shown, "" for none."""
    hidden = len(documents) - SHOWN
    return f"And {counted(hidden, 'more document')}; `rag sources` lists all." if hidden > 0 else ""
