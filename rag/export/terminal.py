"""Print answers on a terminal; text of documents and models is never printed as markup or control codes."""

import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.padding import Padding
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from rag.export.blocks import Block, blocks
from rag.schema import Answer, Citation, Passage

if TYPE_CHECKING:
    from rich.progress import Progress

COLOURS = {
    "answered": "green",
    "partial": "yellow",
    "uncertain": "yellow",
    "not_in_documents": "cyan",
    "failed": "red",
}


@contextmanager
def shown_on_terminal(bar: "Progress") -> Iterator[None]:
    """Show a progress bar while this lasts, on a terminal; elsewhere rich would print an empty line for it."""
    with bar if bar.console.is_terminal else nullcontext():
        yield


def printable(text: str) -> str:
    """Text without control and format characters, so that no document can move the cursor or reverse a line."""
    kept = (" " if c in "\n\t" else c for c in text)
    return "".join(c for c in kept if not unicodedata.category(c).startswith("C"))


def location(source: str, page: int | None) -> str:
    """A location in a document: "report.pdf, p. 3"."""
    return printable(source) + (f", p. {page}" if page else "")


def answer(found: Answer) -> RenderableType:
    """The answer with its notes, its citations and how certain it is."""
    colour = COLOURS[found.status]
    parts: list[RenderableType] = [Text(found.heading, style=f"bold {colour}")] if found.heading else []
    quoted = blocks(found)
    parts += _blocks(quoted) if quoted else [Text(_lines(found.text))] if found.text else []
    if found.error:
        parts.append(Text(printable(found.error), style="red"))
    parts += [Text(printable(note), style="italic") for note in found.trace.notes]
    if found.suggestions:
        parts.append(Text(_suggested(found)))
    if found.citations and not quoted:
        parts.append(Padding(Group(*map(_citation, found.citations)), (1, 0, 0, 0)))
    parts.append(Text(found.certainty, style=f"dim {colour}"))
    return Group(*parts)


def follow(answers: Iterator[Answer], out: Console) -> Answer:
    """Show the checked sentences of a growing answer and erase them again; the complete answer, still to be printed.

    Where the output is no terminal, nothing is shown.
    """
    if not out.is_terminal:
        *_, last = answers
        return last
    with Live(Spinner("dots", "searching the documents"), console=out, transient=True) as live:
        for found in answers:
            if checked := _checked_text(found):
                live.update(Text(checked))
    return found


def _checked_text(growing: Answer) -> str:
    """The text of an answer without its last sentence, which may still be being written."""
    return printable(growing.text[: growing.sentences[-2].end]) if len(growing.sentences) > 1 else ""


def _blocks(quoted: Sequence[Block]) -> Iterator[RenderableType]:
    """Quotes, and below them where they are from; the title of a document once."""
    titled: set[str] = set()
    for block in quoted:
        yield Text("\n".join(_lines(text) for text in (block.lead, *(s.text for s in block.sentences)) if text))
        for place in block.places:
            source, title = place.citation.source, printable(place.title)
            named = f"{title}: " if title and title != source and source not in titled else ""
            dated = ", ".join(filter(None, (location(source, place.citation.page), place.date)))
            yield Padding(Text(named + dated, style="dim"), (0, 0, 0, 4), expand=False)
            titled.add(source)
        yield Text()


def _lines(text: str) -> str:
    """Text of an answer, which has line breaks of ours between its quotes and paragraphs."""
    return "\n".join(map(printable, text.split("\n")))


def _suggested(found: Answer) -> str:
    """The questions to choose from, by number."""
    return "\n".join([found.offer, *(f"{n}. {printable(one)}" for n, one in enumerate(found.suggestions, 1))])


def _citation(c: Citation) -> Text:
    line = Text(f"[{c.marker}] ", style="bold")
    line.append(location(c.source, c.page), style="bold")
    line.append(f"  “{printable(c.quote)}”", style="not bold")
    return line


def passages(found: Sequence[Passage]) -> RenderableType:
    """A table of passages with their scores, best first."""
    table = Table("#", "source", "scores", "text", box=None, pad_edge=False, header_style="dim")
    for p in found:
        scores = " ".join(f"{name} {value:.2f}" for name, value in p.scores.items())
        text = printable(p.text)
        table.add_row(
            str(p.rank), Text(location(p.source, p.page)), scores, Text(text[:200] + ("…" if len(text) > 200 else ""))
        )
    return table


def console(*, error: bool = False) -> Console:
    """A console without markup and highlighting."""
    return Console(stderr=error, markup=False, highlight=False, soft_wrap=False)
