"""Metrics of one answer against its gold case: pure functions that return a value or the reason why there is none.

eval/README.md defines every metric; a scorer written from that page alone gets the same numbers.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import ir_measures
from ir_measures import RR, nDCG

from eval.cases.gold import Case, Evidence, TextOf
from eval.overlap import MAX_ANSWER_WORDS, covers, holds, normalize, overlaps, token_f1, word_count
from rag.schema import Answer, Citation, Passage

LONG = "long"
"""Tag of a case whose gold answer is a paragraph: evidence and abstention are scored, the string is not."""

HIT_AT = (1, 5, 10)
RECALL_AT = (5, 10)
_NDCG, _RR = nDCG @ 10, RR


@dataclass(frozen=True, slots=True)
class Score:
    """A value in 0..1, or None with the reason why the metric does not apply."""

    value: float | None
    reason: str = ""


def score(case: Case, answer: Answer, text_of: TextOf) -> dict[str, Score]:
    """All metrics of one answer, by name; `text_of` gives the stored text of a source."""
    return {
        "right": right(case, answer),
        "answered_when_answerable": answered_when_answerable(case, answer),
        "refused_when_unanswerable": refused_when_unanswerable(case, answer),
        "uncertain": Score(float(answer.status == "uncertain")),
        "answer_hit": answer_hit(case, answer),
        "answer_hit_all": answer_hit_all(case, answer),
        "exact_match": exact_match(case, answer),
        "token_f1": short_f1(case, answer),
        "citation_precision": citation_precision(case, answer),
        "citation_recall": citation_recall(case, answer),
        "verbatim_quotes": verbatim_quotes(answer, text_of),
        **retrieval(case, answer.passages),
    }


def answered(answer: Answer) -> bool:
    """Whether the assistant gave an answer, whole or partial."""
    return answer.status in {"answered", "partial"}


# --- passages -------------------------------------------------------------------------------------------------


def evidence_hits(case: Case, passages: Sequence[Passage]) -> list[set[int]]:
    """For each passage, best first, the numbers of the gold quotes that it covers."""
    return [
        {i for i, gold in enumerate(case.evidence) if gold.source == p.source and covers(p.text, gold.quote)}
        for p in passages
    ]


def retrieval(case: Case, passages: Sequence[Passage]) -> dict[str, Score]:
    """hit@k, recall@k, reciprocal rank and nDCG@10 of the passages, by name."""
    names = [*(f"hit@{k}" for k in HIT_AT), *(f"recall@{k}" for k in RECALL_AT), "mrr", "ndcg@10"]
    if not case.evidence:
        return dict.fromkeys(names, Score(None, "no gold quotes" if case.answerable else "unanswerable"))
    hits = evidence_hits(case, passages)
    values = [float(any(hits[:k])) for k in HIT_AT] + [recall_at(hits, len(case.evidence), k) for k in RECALL_AT]
    return {
        name: Score(value) for name, value in zip(names, [*values, *_ranking(hits, len(case.evidence))], strict=True)
    }


def recall_at(hits: Sequence[set[int]], quotes: int, k: int) -> float:
    """Share of the gold quotes that the first k passages cover."""
    return len(set().union(*hits[:k])) / quotes


def _ranking(hits: Sequence[set[int]], quotes: int) -> tuple[float, float]:
    """Reciprocal rank and nDCG@10 (ir_measures); a passage counts for the quotes that no better-ranked one covers.

    Without that rule three passages with the same quote would beat the ideal ranking.
    """
    ranked: list[str] = []
    seen: set[int] = set()
    for number, covered in enumerate(hits):
        ranked += [f"quote {i}" for i in sorted(covered - seen)] or [f"other {number}"]
        seen |= covered
    run = {"q": {name: float(-place) for place, name in enumerate(ranked)}} if ranked else {"q": {"none": 0.0}}
    gold = {"q": {f"quote {i}": 1 for i in range(quotes)}}
    found_values = ir_measures.calc_aggregate([_RR, _NDCG], gold, run)
    return float(found_values[_RR]), float(found_values[_NDCG])


# --- answers --------------------------------------------------------------------------------------------------


def answered_when_answerable(case: Case, answer: Answer) -> Score:
    """1 where an answerable question was answered."""
    return Score(float(answered(answer))) if case.answerable else Score(None, "unanswerable")


def refused_when_unanswerable(case: Case, answer: Answer) -> Score:
    """1 where an unanswerable question got no answer, uncertain or refused; a failed answer is not a refusal."""
    if case.answerable:
        return Score(None, "answerable")
    return Score(float(answer.status in {"uncertain", "not_in_documents"}))


def answer_hit(case: Case, answer: Answer) -> Score:
    """1 where a gold answer stands in the text of at most 60 words; applies to what was answered."""
    missing = _string_reason(case) or ("" if answered(answer) else _not_answered(answer))
    if missing:
        return Score(None, missing)
    brief = word_count(answer.text) <= MAX_ANSWER_WORDS
    return Score(float(brief and any(holds(answer.text, gold) for gold in case.answers)))


def answer_hit_all(case: Case, answer: Answer) -> Score:
    """The same over all answerable questions: one that was not answered counts 0."""
    missing = _string_reason(case)
    return Score(None, missing) if missing else Score(answer_hit(case, answer).value or 0.0)


def right(case: Case, answer: Answer) -> Score:
    """1 where the assistant did what it should: a hit where answerable, a refusal where not."""
    return answer_hit_all(case, answer) if case.answerable else refused_when_unanswerable(case, answer)


def exact_match(case: Case, answer: Answer) -> Score:
    """1 where `short` equals a gold answer after SQuAD normalisation; no `short` counts 0."""
    missing = _string_reason(case) or ("" if answered(answer) else _not_answered(answer))
    if missing:
        return Score(None, missing)
    ours = normalize(answer.short or "")
    return Score(float(any(ours == normalize(gold) for gold in case.answers)))


def short_f1(case: Case, answer: Answer) -> Score:
    """Best SQuAD token F1 of `short` over the gold answers; no `short` counts 0."""
    missing = _string_reason(case) or ("" if answered(answer) else _not_answered(answer))
    return Score(None, missing) if missing else Score(max(token_f1(answer.short or "", gold) for gold in case.answers))


def _string_reason(case: Case) -> str:
    if not case.answerable:
        return "unanswerable"
    return "gold answer is a paragraph" if LONG in case.tags else ""


def _not_answered(answer: Answer) -> str:
    return answer.status if answer.status in {"failed", "uncertain"} else "refused"


# --- citations ------------------------------------------------------------------------------------------------


def carries_evidence(case: Case, citation: Citation) -> bool:
    """Whether the quote comes from a gold source and overlaps a gold quote there or holds a gold answer."""
    quotes = [gold.quote for gold in case.evidence if gold.source == citation.source]
    by_string = () if LONG in case.tags else case.answers
    return bool(quotes) and (
        any(overlaps(citation.quote, quote) for quote in quotes) or any(holds(citation.quote, a) for a in by_string)
    )


def citation_precision(case: Case, answer: Answer) -> Score:
    """Share of the citations that carry gold evidence."""
    missing = _citation_reason(case, answer) or ("" if answer.citations else "no citations")
    if missing:
        return Score(None, missing)
    return Score(sum(carries_evidence(case, c) for c in answer.citations) / len(answer.citations))


def citation_recall(case: Case, answer: Answer) -> Score:
    """Share of the gold quotes that a citation from their source overlaps, or shares a gold answer with.

    No citations count 0.
    """
    missing = _citation_reason(case, answer)
    if missing:
        return Score(None, missing)
    recalled = sum(any(c.source == g.source and _recalls(case, c, g) for c in answer.citations) for g in case.evidence)
    return Score(recalled / len(case.evidence))


def _recalls(case: Case, citation: Citation, gold: Evidence) -> bool:
    shared = () if LONG in case.tags else [a for a in case.answers if holds(gold.quote, a)]
    return overlaps(citation.quote, gold.quote) or any(holds(citation.quote, a) for a in shared)


def _citation_reason(case: Case, answer: Answer) -> str:
    if not case.evidence:
        return "no gold quotes" if case.answerable else "unanswerable"
    return "" if answered(answer) else _not_answered(answer)


def verbatim_quotes(answer: Answer, text_of: TextOf) -> Score:
    """Share of the citations whose quote is the stored text between its offsets."""
    if not answer.citations:
        return Score(None, "no citations")
    return Score(sum(_verbatim(c, text_of(c.source)) for c in answer.citations) / len(answer.citations))


def _verbatim(citation: Citation, text: str | None) -> bool:
    in_order = 0 <= citation.start < citation.end
    return text is not None and in_order and text[citation.start : citation.end] == citation.quote
