"""The answer as text: a line that counts, then a line for each document with its title, file and date."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from rag.answer.kinds.collecting.mentions import Mention
from rag.retrieve.dated import period, shown
from rag.schema import Citation, Sentence
from rag.store.records import DocumentInfo
from rag.text.markdown import sanitize
from rag.text.markers import escape_in_passage
from rag.text.normalize import searchable, strip_controls

SHOWN = 30  # documents of an answer; more are counted


@dataclass
class Written:
    """A text that grows by lines; those that quote a document are sentences with a citation."""

    text: str = ""
    sentences: list[Sentence] = field(default_factory=list)
    citations: list[Citation] = field(default_factory=list)
    lines: int = 0

    def say(self, line: str) -> None:
        """Add a line that cites nothing."""
        self._add(line, ())

    def list(self, line: str, mention: Mention | None) -> None:
        """Add a line about a document, with its quote and a marker where there is one."""
        self.lines += 1
        markers: tuple[int, ...] = ()
        if mention:
            number = len(self.citations) + 1
            self.citations.append(Citation(number, mention.source, None, mention.start, mention.end, mention.quote))
            before, after = ("… " if mention.cut[0] else ""), (" …" if mention.cut[1] else "")
            line, markers = f"{line}: “{before}{clean(mention.quote)}{after}” [{number}]", (number,)
        self._add(line, markers)

    def _add(self, line: str, markers: tuple[int, ...]) -> None:
        start = len(self.text) + bool(self.text)
        self.text = f"{self.text}\n{line}" if self.text else line
        if markers:
            self.sentences.append(Sentence(line, start, start + len(line), markers, "supported"))


def clean(text: str) -> str:
    """Text of a document or a question in one line, in which nothing looks like a marker, a tag or a link."""
    return sanitize(escape_in_passage(searchable(" ".join(strip_controls(text).split()))))


def line_of(document: DocumentInfo) -> str:
    """A document in one line: its title, its file and its date."""
    days = period(document)
    return f"{clean(document.title)} ({clean(document.source)}, {shown(days) if days else 'no date'})"


def counted(number: int, one: str, many: str | None = None) -> str:
    """A number with its noun: "1 document", "3 documents"."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"


def rest_of(documents: Sequence[DocumentInfo]) -> str:
    """Says how many documents are not shown, "" for none."""
    hidden = len(documents) - SHOWN
    return f"And {counted(hidden, 'more document')}; `rag sources` lists all." if hidden > 0 else ""
