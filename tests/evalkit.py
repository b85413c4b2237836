"""Hand-made answers and cases for the tests of the eval suite."""

from eval.cases.gold import Case, Evidence
from rag.schema import Answer, Citation, Document, Passage

PARK = Document(
    "park.txt",
    "The park",
    "The park opened on 3 May 1902. Its designer was Ada Lowe, who lived nearby. A fountain stands in the middle.",
)
POOL = Document("pool.txt", "The pool", "The pool was closed in 1988 because its roof leaked. It never opened again.")
DATE_QUOTE = "The park opened on 3 May 1902."
NAME_QUOTE = "Its designer was Ada Lowe, who lived nearby."
POOL_QUOTE = "The pool was closed in 1988 because its roof leaked."


def text_of(source):
    return {PARK.source: PARK.text, POOL.source: POOL.text}.get(source)


def passage(text, source="park.txt", rank=1):
    start = (text_of(source) or "").find(text)
    return Passage(source, "", (), None, max(start, 0), max(start, 0) + len(text), text, (), {"fused": 1.0}, rank)


def cite(quote, source="park.txt", marker=1):
    start = (text_of(source) or "").find(quote)
    return Citation(marker, source, None, start, start + len(quote), quote)


def case(answers=("3 May 1902",), quotes=((PARK.source, DATE_QUOTE),), **more):
    fields = {"id": "c1", "question": "When did the park open?", "answerable": bool(answers)} | more
    return Case(answers=tuple(answers), evidence=tuple(Evidence(s, q) for s, q in quotes), **fields)


def unanswerable(**more):
    return case(answers=(), quotes=(), **({"id": "u1", "question": "Who mows the lawn?"} | more))


def answer(text=f"{DATE_QUOTE} [1]", short="3 May 1902", quotes=(DATE_QUOTE,), **more):
    fields = {
        "question": "When did the park open?",
        "standalone": "When did the park open?",
        "status": "answered",
        "confidence": 0.9,
        "citations": tuple(cite(q, marker=i) for i, q in enumerate(quotes, 1)),
        "passages": (passage(PARK.text),),
    } | more
    return Answer(text=text, short=short, **fields)


def refusal(**more):
    text = "I found no answer in the documents."
    return answer(text, None, (), **({"status": "not_in_documents", "confidence": 0.1} | more))


def uncertain(**more):
    """The very sentence that answers `case()`, shown as uncertain."""
    return answer(short=None, **({"status": "uncertain", "confidence": 0.4} | more))
