"""Answers made by hand, and a strategy for any answer there can be."""

from dataclasses import replace
from typing import get_args

from hypothesis import strategies as st

from rag.schema import Answer, Citation, Passage, Sentence, Span, Status, Trace

PARK = (
    "The park opened on 3 May 1902. Its designer was Ada Lowe, who lived nearby.\n"
    "A fountain stands in the middle.\nIt was restored in 1988."
)
OPENED, DESIGNER = "The park opened on 3 May 1902.", "Its designer was Ada Lowe, who lived nearby."


def citation(marker: int, quote: str, source: str = "park.pdf", page: int | None = 2) -> Citation:
    start = max(PARK.find(quote), 0)
    return Citation(marker, source, page, start, start + len(quote), quote)


def passage(text: str = PARK, source: str = "park.pdf") -> Passage:
    span = Span(21, 31, 7.5, 3.25, 8.0)
    return Passage(source, "The park", ("History",), 2, 0, len(text), text, ("c1", "c2"), {"fused": 0.75}, 1, (span,))


def answer(question: str = "When did the park open?", **more: object) -> Answer:
    """A quoted answer of two sentences with a citation each."""
    first, second = f"{OPENED} [1]", f"{DESIGNER} [2]"
    sentences = (
        Sentence(first, 0, len(first), (1,), "supported"),
        Sentence(second, len(first) + 1, len(first) + 1 + len(second), (2,), "supported"),
    )
    made = Answer(
        question=question,
        standalone=question,
        text=f"{first} {second}",
        short="3 May 1902",
        status="answered",
        confidence=0.91,
        citations=(citation(1, OPENED), citation(2, DESIGNER)),
        sentences=sentences,
        passages=(passage(),),
        trace=Trace(model="quotes", index_digest="0123456789abcdef", notes=("12 passages were read.",)),
    )
    return replace(made, **more)


def two_sources() -> Answer:
    """Two quotes of two documents, of which one has pages and a date."""
    made = answer()
    first, second = made.sentences
    dated, other = replace(passage(), date="1902-06-01"), replace(passage(source="lowe.md"), title="")
    cited = (made.citations[0], citation(2, DESIGNER, source="lowe.md", page=None))
    return replace(made, text=f"{first.text}\n{second.text}", citations=cited, passages=(dated, other))


def refusal(question: str = "Who mows the lawn?") -> Answer:
    return Answer(
        question, question, "I found no answer in the documents.", None, "not_in_documents", 0.04, passages=(passage(),)
    )


def uncertain(question: str = "When did the park close?") -> Answer:
    """The sentences of `answer`, which do not answer this question."""
    notes = ("12 passages of 4 of 16 documents were read.",)
    return answer(question, short=None, status="uncertain", confidence=0.33, trace=Trace(notes=notes))


_NUMBERS = st.integers(0, 10**6)
_SCORES = st.floats(allow_nan=False, allow_infinity=False)
_PAGES = st.none() | st.integers(1, 5000)
_TEXTS = st.text(max_size=20)


def _tuples(values: st.SearchStrategy) -> st.SearchStrategy:
    return st.lists(values, max_size=3).map(tuple)


ANSWERS = st.builds(
    Answer,
    question=_TEXTS,
    standalone=_TEXTS,
    text=_TEXTS,
    short=st.none() | _TEXTS,
    status=st.sampled_from(get_args(Status)),
    confidence=st.floats(0, 1),
    citations=_tuples(st.builds(Citation, _NUMBERS, _TEXTS, _PAGES, _NUMBERS, _NUMBERS, _TEXTS)),
    sentences=_tuples(
        st.builds(Sentence, _TEXTS, _NUMBERS, _NUMBERS, _tuples(_NUMBERS), st.sampled_from(["supported", "not_cited"]))
    ),
    passages=_tuples(
        st.builds(
            Passage, _TEXTS, _TEXTS, _tuples(_TEXTS), _PAGES, _NUMBERS, _NUMBERS, _TEXTS, _tuples(_TEXTS),
            st.dictionaries(_TEXTS, _SCORES, max_size=3), _NUMBERS,
            _tuples(st.builds(Span, _NUMBERS, _NUMBERS, _SCORES, _SCORES, _SCORES)),
        )
    ),
    error=st.none() | _TEXTS,
    trace=st.builds(
        Trace, st.none() | _TEXTS, st.none() | _TEXTS, _TEXTS, _TEXTS, _TEXTS, _TEXTS,
        st.dictionaries(_TEXTS, _SCORES, max_size=3), _tuples(_TEXTS), _NUMBERS,
    ),
)  # fmt: skip
