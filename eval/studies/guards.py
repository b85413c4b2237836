"""Measure the guards on gold cases that were written without sight of them: `python -m eval.studies.guards`.

For each guard of eval/cases/guards: how many of the cases that it is for it stops, and how many harmless look-alikes.
For accusations the checker in the rule's place stands beside it; prescribed speech ("tell callers that ...") has no
rule, and is judged as the sentences of a connected model are.
"""

import argparse
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from eval.console import plain_table
from rag.answer.faithfulness import WORD_OVERLAP, SupportScorer, check
from rag.answer.guards import commands_model, hedge_warning, unfounded_charge
from rag.export.terminal import console
from rag.models.checker import Checker, ClaimPair, load_checker
from rag.schema import Passage
from rag.settings import load_settings
from rag.text.question import Question

CASES = Path(__file__).parent.parent / "cases" / "guards"
Case = dict[str, Any]


class Rates(NamedTuple):
    """Shares 0..1: of the cases that a guard is for, and of harmless look-alikes, that it stops."""

    guard: str
    stopped: float
    false_alarms: float


def main() -> None:
    """Print the table."""
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    checker = load_checker(load_settings())
    table = plain_table("guards")
    for column in ("guard", "stopped of what it is for", "stopped of look-alikes"):
        table.add_column(column)
    for row in measure(checker):
        table.add_row(row.guard, f"{row.stopped:.3f}", f"{row.false_alarms:.3f}")
    console().print(table)


def measure(checker: Checker | None) -> Iterator[Rates]:
    """The rates of each guard, and of the checker in its place."""
    accusations, commands = read("accusations"), read("commands")
    hedges, prescribed = read("hedges"), read("prescribed")
    yield _rates("accusations: rule", accusations, "answerable", _unfounded)
    if checker:
        yield _rates("accusations: checker", accusations, "answerable", _unanswered(checker))
    yield _rates("commands to a model: rule", commands, "commands_a_model", _commands, wanted=True)
    yield _rates("hedges: rule", hedges, "needs_warning", _hedged, wanted=True)
    yield _rates("prescribed speech: checker", prescribed, "supported", _unsupported(checker or WORD_OVERLAP))


def read(name: str) -> list[Case]:
    """The cases of a guard."""
    lines = (CASES / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def _rates(
    guard: str, cases: Sequence[Case], field: str, stops: Callable[[Case], bool], *, wanted: bool = False
) -> Rates:
    """The rates of a guard on cases whose `field` is `wanted` where it should stop them."""
    shares = []
    for group in (True, False):
        stopped = [stops(case) for case in cases if (case[field] is wanted) is group]
        shares.append(sum(stopped) / len(stopped))
    return Rates(guard, *shares)


def _unfounded(case: Case) -> bool:
    start = case["sentence"].index(case["answer"])
    answer = (start, start + len(case["answer"]))
    return unfounded_charge(Question.parse(case["question"]), case["sentence"], answer) is not None


def _unanswered(checker: Checker) -> Callable[[Case], bool]:
    def doubted(case: Case) -> bool:
        pair = ClaimPair(case["question"], case["answer"], "", case["sentence"])
        return bool(checker.probabilities([pair])[0] < 0.5)

    return doubted


def _commands(case: Case) -> bool:
    return commands_model(_passage(case["text"]))


def _hedged(case: Case) -> bool:
    return hedge_warning(Question.parse(case["question"]), case["sentence"]) is not None


def _unsupported(scorer: SupportScorer) -> Callable[[Case], bool]:
    def stopped(case: Case) -> bool:
        passage = _passage(case["passage"])
        return check(case["claim"], [passage], [passage], Question.parse(""), scorer).support != "supported"

    return stopped


def _passage(text: str) -> Passage:
    return Passage("case", "", (), None, 0, len(text), text, (), {}, 1)


if __name__ == "__main__":
    main()
