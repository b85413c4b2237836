"""The quotes of an answer as blocks, each with the places that it is from, for any door."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from rag.schema import Answer, Citation, Sentence


@dataclass(frozen=True, slots=True)
class Place:
    """Where a quote is from. `title`, `date`: of its document, "" and None where no passage has them; ISO."""

    citation: Citation
    title: str
    date: str | None


@dataclass(frozen=True, slots=True)
class Block:
    """Sentences that follow each other and are from the same pages; `places`: each page once, none where uncited.

    `lead`: the text before them that is in no sentence.
    """

    lead: str
    sentences: tuple[Sentence, ...]
    places: tuple[Place, ...]


def blocks(answer: Answer) -> list[Block]:
    """The quotes of an answer that has several, with what stands between them; empty for any other answer."""
    if answer.trace.model != "quotes" or sum(bool(sentence.markers) for sentence in answer.sentences) < 2:
        return []
    found: list[Block] = []
    end = 0
    for sentence in answer.sentences:
        lead, places = answer.text[end : sentence.start].strip(), _places(answer, sentence)
        if found and not lead and _pages(places) == _pages(found[-1].places):
            found[-1] = replace(found[-1], sentences=(*found[-1].sentences, sentence))
        else:
            found.append(Block(lead, (sentence,), places))
        end = sentence.end
    last = answer.text[end:].strip()
    return [*found, Block(last, (), ())] if last else found


def place(answer: Answer, citation: Citation) -> Place:
    """The place of a citation, with title and date as the passages of the answer have them."""
    found = next((passage for passage in answer.passages if passage.source == citation.source), None)
    return Place(citation, found.title if found else "", found.date if found else None)


def _places(answer: Answer, sentence: Sentence) -> tuple[Place, ...]:
    """The places of a sentence, the first on each page."""
    found: dict[tuple[str, int | None], Place] = {}
    for citation in answer.citations:
        if citation.marker in sentence.markers:
            found.setdefault((citation.source, citation.page), place(answer, citation))
    return tuple(found.values())


def _pages(places: Iterable[Place]) -> list[tuple[str, int | None]]:
    return [(one.citation.source, one.citation.page) for one in places]
