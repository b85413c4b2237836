"""The stage at which a case failed, from retrieval to the answer."""

from typing import Literal

from eval.cases.gold import Case
from eval.metrics.answer import answered, evidence_hits
from eval.metrics.result import Result

Stage = Literal["crashed", "failed", "answered wrongly", "not retrieved", "ranked low", "refused wrongly", "read wrong"]
RANK = 5
"""Below this rank a gold passage counts as ranked low."""

STAGES: dict[Stage, str] = {
    "crashed": "the engine raised an error instead of answering",
    "failed": "the connected model gave no answer",
    "answered wrongly": "the question is unanswerable and was answered",
    "not retrieved": "no passage covers a gold quote",
    "ranked low": f"the first passage that covers a gold quote stands below rank {RANK}",
    "refused wrongly": f"a passage among the first {RANK} covers a gold quote (or none is given), yet it was refused",
    "read wrong": f"a passage among the first {RANK} covers a gold quote (or none is given), yet the answer is wrong",
}


def stage(case: Case, result: Result) -> Stage | None:
    """The first stage that failed, or None where the case was answered or refused as it should be.

    An answer is wrong without a hit; where the string is not scored, without a citation that carries evidence.
    """
    answer = result.answer
    if answer is None:
        return "crashed"
    if answer.status == "failed":
        return "failed"
    if not case.answerable:
        return "answered wrongly" if answered(answer) else None
    if answered(answer) and not _wrong(result):
        return None
    return _retrieval_stage(case, result) or ("read wrong" if answered(answer) else "refused wrongly")


def _wrong(result: Result) -> bool:
    hit = result.scores["answer_hit"].value
    return (result.scores["citation_recall"].value == 0.0) if hit is None else hit == 0.0


def _retrieval_stage(case: Case, result: Result) -> Stage | None:
    if not case.evidence or result.answer is None:
        return None
    ranks = [rank for rank, hits in enumerate(evidence_hits(case, result.answer.passages), 1) if hits]
    if not ranks:
        return "not retrieved"
    return "ranked low" if ranks[0] > RANK else None
