"""Check claims as an answer's sentences are checked: `python -m eval.claims FILE.jsonl [--run OUT.jsonl]`.

The form of a line is that of eval.cases.claims. Prints balanced accuracy, flaws caught and right sentences not shown
clean, by kind; only "supported" counts as shown clean.
"""

import argparse
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from eval.cases.claims import GoldClaim, read_claims
from eval.console import plain_table, progress_bar
from rag.answer.faithfulness import WORD_OVERLAP, SupportScorer, check
from rag.errors import RagError
from rag.export.terminal import console
from rag.models.checker import load_checker
from rag.schema import Passage
from rag.settings import load_settings
from rag.text.question import Question

Verdict = Literal["supported", "partly", "unsupported"]


@dataclass(frozen=True, slots=True)
class CheckedClaim:
    """What the checker says of a claim; `score` 0..1."""

    gold: GoldClaim
    verdict: Verdict
    score: float


@dataclass(frozen=True, slots=True)
class Accuracy:
    """Rates 0..1, None without such claims: flawed claims not shown clean, right ones not shown clean, and balance."""

    flaws_caught: float | None
    false_alarms: float | None

    @property
    def balanced(self) -> float | None:
        """The mean of flaws caught and of right claims shown clean."""
        if self.flaws_caught is None or self.false_alarms is None:
            return None
        return (self.flaws_caught + 1 - self.false_alarms) / 2


def main() -> None:
    """Print the table, and write a line a claim."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path, help="claims with passages, JSON lines")
    parser.add_argument("--run", type=Path, help='write {"id", "verdict", "score"} for each claim')
    args = parser.parse_args()
    try:
        scorer = load_checker(load_settings()) or WORD_OVERLAP
        checked = check_all(read_claims(args.file), scorer)
        if args.run:
            lines = [{"id": c.gold.id, "verdict": c.verdict, "score": round(c.score, 4)} for c in checked]
            args.run.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    except (RagError, OSError) as error:
        raise SystemExit(f"error: {error}") from None
    _print(args.file.name, checked)


def check_all(claims: Sequence[GoldClaim], scorer: SupportScorer) -> list[CheckedClaim]:
    """Check each claim against its passage, as a sentence of an answer that cites it."""
    checked = []
    with progress_bar("checking claims") as bar:
        for claim in bar.track(claims):
            passage = _passage(claim)
            found = check(claim.claim, [passage], [passage], Question.parse(claim.question), scorer)
            verdict: Verdict = found.support if found.support != "not_cited" else "unsupported"
            checked.append(CheckedClaim(claim, verdict, found.score))
    return checked


def _passage(claim: GoldClaim) -> Passage:
    text = claim.passage
    return Passage(claim.id, claim.title, (), None, 0, len(text), text, (), {}, 1)


def accuracy(checked: Sequence[CheckedClaim]) -> Accuracy:
    """How often the verdicts are right."""
    clean = {label: [c.verdict == "supported" for c in checked if c.gold.supported is label] for label in (True, False)}
    return Accuracy(_share_false(clean[False]), _share_false(clean[True]))


def _share_false(values: Sequence[bool]) -> float | None:
    return 1 - sum(values) / len(values) if values else None


def _print(name: str, checked: Sequence[CheckedClaim]) -> None:
    by_kind: dict[str, list[CheckedClaim]] = defaultdict(list)
    for one in checked:
        by_kind[one.gold.kind].append(one)
    table = plain_table(f"{name}: {len(checked)} claims")
    for column in ("kind", "claims", "balanced accuracy", "flaws caught", "right ones not shown clean"):
        table.add_column(column)
    for kind, members in [("all", list(checked)), *sorted(by_kind.items())]:
        found = accuracy(members)
        rates = (found.balanced, found.flaws_caught, found.false_alarms)
        table.add_row(kind or "–", str(len(members)), *("–" if r is None else f"{r:.3f}" for r in rates))
    console().print(table)


if __name__ == "__main__":
    main()
