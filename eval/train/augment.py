"""Augment training questions and windows so that they resemble real questions about one's own documents.

- `with_context`: people add context to a question ("Sam Gale, the Doncaster inmate: what verdict ...").
- `anonymous`: a report calls its subject "he" or "the deceased"; the name is elsewhere in the document.
"""

import random
import re
from collections.abc import Sequence

from rag.text.names import names

_STANDINS = (
    "he", "she", "they", "it", "the deceased", "the patient", "the company", "the man", "the woman", "this",
    "the group", "the organisation", "the team", "the place", "the author",
)  # fmt: skip


def with_context(question: str, sentences: Sequence[str], rng: random.Random) -> str:
    """The question with context from other sentences of its article, before it or in brackets."""
    usable = [s for s in sentences if 20 < len(s) < 130]
    if not usable:
        return question
    said = rng.choice(usable).strip()
    draw = rng.random()
    if draw < 0.4:
        return f"{said} {question}"
    named = names(said)
    if draw < 0.7 and named:
        return f"{question.rstrip('? ')} ({', '.join(named[:3])})?"
    piece = " ".join(said.rstrip(".").split()[: rng.randint(4, 10)])
    return f"{piece}: {question[:1].lower()}{question[1:]}" if draw < 0.85 else f"{question} {said}"


def anonymous(
    question: str, text: str, answer: tuple[int, int] | None, rng: random.Random
) -> tuple[str, tuple[int, int] | None]:
    """The window with the question's names replaced by one stand-in, and the new offsets of its unchanged answer."""
    named = [n for n in names(question) if len(n) > 2]
    parts = {p for n in named for p in (n, n.split()[-1], n.split()[0]) if len(p) > 3 and p[0].isupper()}
    if not parts:
        return text, answer
    pattern = re.compile(rf"\b(?:{'|'.join(re.escape(p) for p in sorted(parts, key=len, reverse=True))})\b(?:['’]s)?")
    standin = rng.choice(_STANDINS)

    def replaced(piece: str) -> str:
        return pattern.sub(standin, piece)

    if answer is None:
        return replaced(text), None
    before = replaced(text[: answer[0]])
    kept = text[answer[0] : answer[1]]
    return before + kept + replaced(text[answer[1] :]), (len(before), len(before) + len(kept))
