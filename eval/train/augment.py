"""Make clean encyclopaedic training questions and windows more like what people ask of their own documents.

- `with_context`: people say more than they ask ("Sam Gale, the Doncaster inmate: what verdict ...").
- `anonymous`: inside a report its subject is "he" or "the deceased"; the name stands elsewhere in the document.
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
    """The question with something said before it or in brackets, from other sentences of its article."""
    usable = [s for s in sentences if 20 < len(s) < 130]
    if not usable:
        return question
    said = rng.choice(usable).strip()
    draw = rng.random()
    if draw < 0.4:
        return f"{said} {question}"
    found = names(said)
    if draw < 0.7 and found:
        return f"{question.rstrip('? ')} ({', '.join(found[:3])})?"
    piece = " ".join(said.rstrip(".").split()[: rng.randint(4, 10)])
    return f"{piece}: {question[:1].lower()}{question[1:]}" if draw < 0.85 else f"{question} {said}"


def anonymous(
    question: str, text: str, answer: tuple[int, int] | None, rng: random.Random
) -> tuple[str, tuple[int, int] | None]:
    """The window with the question's names replaced by one stand-in; the answer, kept as it is, moves along."""
    found = [n for n in names(question) if len(n) > 2]
    parts = {p for n in found for p in (n, n.split()[-1], n.split()[0]) if len(p) > 3 and p[0].isupper()}
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
