"""What people ask of the shipped documents, by kind of question: `python -m eval.studies.asked [CASES...]`.

The cases (default: eval/cases/asked.jsonl) are objects with `kind`, `question`, `history`, `answerable`, `sources` and
what a right answer says: one of `answers`, one string of each group in `items`, nothing of `not`. An answer is

- right: it says all that, and cites a document of `sources` (every one of a comparison); talk is answered without a
  citation, a vague question is asked back with readings to choose from, what is not there is refused or uncertain;
- wrong but stated: answered, and nothing of it is right; whatever is answered where nothing is there;
- refused though there: uncertain or refused where the documents answer.

The rest is weak: a part of the answer. Short kinds must say it in SHORT_WORDS words, the others in LONG_WORDS.
"""

import argparse
import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from eval.console import plain_table, progress_bar
from eval.overlap import holds, word_count
from eval.runs.corpus import build, gold_set, settings_for
from eval.studies.strangers import SEEDS
from rag.assistant import Assistant
from rag.export.terminal import console
from rag.schema import Answer
from rag.settings import load_settings

CASES = Path(__file__).parent.parent / "cases" / "asked.jsonl"
SHORT_WORDS, LONG_WORDS = 80, 400
LONG_KINDS = ("list", "summary", "comparison", "collection")
JUDGED = ("right", "weak", "wrong but stated", "refused though there")
Gold = Mapping[str, Any]


def main() -> None:
    """Print a row for each kind of question."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", nargs="*", type=Path, default=[CASES], help="files of cases")
    parser.add_argument("--out", type=Path, help="write each question, its answer and its judgement, as JSON")
    args = parser.parse_args()
    cases = [json.loads(line) for path in args.cases for line in path.read_text(encoding="utf-8").splitlines() if line]
    _, documents = gold_set(SEEDS)
    over = settings_for(documents, load_settings())
    build(documents, over)
    with Assistant(over) as assistant, progress_bar("asking") as bar:
        answers = [assistant.ask(c["question"], [tuple(t) for t in c.get("history", ())]) for c in bar.track(cases)]
    judged = [judge(case, answer) for case, answer in zip(cases, answers, strict=True)]
    _print(cases, judged)
    if args.out:
        lines = [_line(*each) for each in zip(cases, answers, judged, strict=True)]
        args.out.write_text("\n".join(lines) + "\n", encoding="utf-8")


def judge(case: Gold, answer: Answer) -> str:
    """One of JUDGED."""
    stated = answer.status in ("answered", "partial")
    if case["kind"] == "talk":
        return "right" if stated and not answer.citations else "wrong but stated" if stated else "refused though there"
    if case["kind"] == "vague":
        return "wrong but stated" if stated else "right" if len(answer.suggestions) > 1 else "weak"
    if not case["answerable"]:
        return "wrong but stated" if stated else "right"
    if not stated:
        return "refused though there"
    said = [any(holds(answer.text, one) for one in group) for group in _groups(case)]
    brief = word_count(answer.text) <= (LONG_WORDS if case["kind"] in LONG_KINDS else SHORT_WORDS)
    if any(holds(answer.text, one) for one in case.get("not", ())) or not any(said):
        return "wrong but stated"
    return "right" if all(said) and brief and _cites(case, answer) else "weak"


def _groups(case: Gold) -> list[list[str]]:
    return [*case.get("items", ()), *([case["answers"]] if case.get("answers") else [])]


def _cites(case: Gold, answer: Answer) -> bool:
    wanted, cited = set(case["sources"]), {citation.source for citation in answer.citations}
    return wanted <= cited if case["kind"] == "comparison" else not wanted or bool(wanted & cited)


def _print(cases: list[Gold], judged: list[str]) -> None:
    table = plain_table("asked")
    for column in ("cases", *JUDGED):
        table.add_column(column, justify="right")
    kinds = list(dict.fromkeys(case["kind"] for case in cases))
    for kind in [*kinds, "all"]:
        counts = Counter(j for case, j in zip(cases, judged, strict=True) if kind in ("all", case["kind"]))
        total = sum(counts.values())
        table.add_row(kind, str(total), *(f"{counts[j] / total:.2f}" for j in JUDGED))
    console().print(table)


def _line(case: Gold, answer: Answer, judged: str) -> str:
    gold = {name: case.get(name) for name in ("id", "kind", "question", "answers", "items", "not")}
    said = {"judged": judged, "told": answer.trace.kind, "status": answer.status, "text": answer.text}
    more = {"confidence": answer.confidence, "notes": answer.trace.notes, "suggestions": answer.suggestions}
    return json.dumps({**gold, **said, **more}, ensure_ascii=False)


if __name__ == "__main__":
    main()
