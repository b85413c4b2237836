"""Suggest sentences to ask about: those that state a date, a number or a name; the same for the same seed."""

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from eval.cases.gold import DRAFT, Case, Evidence
from rag.schema import Document
from rag.text.sentences import sentences

AnswerKind = Literal["when", "number", "who"]
BLANK = "____"

_MONTH = "(?:January|February|March|April|May|June|July|August|September|October|November|December)"
_PATTERNS: dict[AnswerKind, re.Pattern[str]] = {
    "when": re.compile(rf"\b\d{{1,2}} {_MONTH}(?: \d{{4}})?\b|\b{_MONTH} \d{{1,2}}, \d{{4}}\b|\b(?:1[5-9]|20)\d\d\b"),
    "number": re.compile(r"(?<![\w.,:/-])[£$€]?\d+(?:[.,]\d+)*(?:%|\b)(?![:/-]\d)"),
    "who": re.compile(r"(?<=[a-z,] )[A-Z][\w'’-]+(?: (?:of |the |and )*[A-Z][\w'’-]+)+"),
}
_ASKED: dict[AnswerKind, str] = {"when": "When", "number": "How many or how much", "who": "Who or what"}
_PROSE = re.compile(r"^[^|•]*[.!?][\"'”’)]*$")  # no row of a table, no item of a list
_WORDS = range(7, 41)  # shorter sentences are mostly headings, longer ones mostly lists


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A sentence of a document, and the part of it that a question could ask for; it begins at `start`."""

    source: str
    quote: str
    answer: str
    start: int
    kind: AnswerKind


def suggestions(documents: Sequence[Document], seed: int = 0) -> Iterator[Suggestion]:
    """One suggestion per suitable sentence, document by document in turn."""
    generator = random.Random(seed)
    remaining = [_of_document(document) for document in documents]
    for rows in remaining:
        generator.shuffle(rows)
    while remaining := [rows for rows in remaining if rows]:
        for rows in remaining:
            yield rows.pop()


def _of_document(document: Document) -> list[Suggestion]:
    suitable = []
    for start, end in sentences(document.text):
        quote = document.text[start:end]
        if len(quote.split()) in _WORDS and _PROSE.search(quote):
            match = next(((k, m) for k, pattern in _PATTERNS.items() if (m := pattern.search(quote))), None)
            if match:
                suitable.append(Suggestion(document.source, quote, match[1].group(), match[1].start(), match[0]))
    return suitable


def draft_case(suggestion: Suggestion, case_id: str) -> Case:
    """A case whose question is still to be written; until then it is the sentence with a blank, tagged as a draft."""
    quote, end = suggestion.quote, suggestion.start + len(suggestion.answer)
    blanked = f"{quote[: suggestion.start]}{BLANK}{quote[end:]}"
    return Case(
        id=case_id,
        question=f"{_ASKED[suggestion.kind]} ...? {' '.join(blanked.split())}",
        answerable=True,
        answers=(suggestion.answer,),
        evidence=(Evidence(suggestion.source, suggestion.quote),),
        tags=(DRAFT, suggestion.kind),
    )
