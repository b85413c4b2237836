"""Questions whose answer is one cell of a table: `python -m eval.studies.tables`.

The 40 tables of eval/cases/tables.txt are written as HTML, Word, Markdown and plain text, ten of each, and indexed
together; eval/cases/tables.jsonl asks three questions of each. An answer is

- right: stated, with a gold answer as its `short` answer, and a citation of the row that has it;
- wrong but stated: stated, and not right; refused though there: uncertain or refused.
"""

import argparse
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from eval.cases.gold import Case, Evidence, load_cases, to_line
from eval.cases.tables import CASES, TableDocument, table_documents
from eval.console import plain_table, progress_bar
from eval.overlap import holds, words
from eval.runs.corpus import build_tables
from rag.assistant import Assistant
from rag.export.terminal import console
from rag.schema import Answer
from rag.settings import load_settings

FLOOR = 0.85
JUDGED = ("right", "wrong but stated", "refused though there")


def main() -> None:
    """Print a row for each format; exit with status 4 where fewer answers than FLOOR are right."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, help="write each question, its answer and its judgement, as JSON")
    parser.add_argument("--write-cases", action="store_true", help="write tables.jsonl anew from tables.txt")
    args = parser.parse_args()
    documents = table_documents()
    over = build_tables(documents, load_settings())
    with Assistant(over) as assistant:
        if args.write_cases:
            CASES.write_text("".join(to_line(case) + "\n" for case in _cases(assistant, documents)), encoding="utf-8")
        cases = load_cases(CASES)
        with progress_bar("asking") as bar:
            answers = [assistant.ask(case.question) for case in bar.track(cases)]
    judged = [judge(case, answer) for case, answer in zip(cases, answers, strict=True)]
    shares = _print(cases, judged)
    if args.out:
        lines = [_line(*each) for each in zip(cases, answers, judged, strict=True)]
        args.out.write_text("\n".join(lines) + "\n", encoding="utf-8")
    if shares["right"] < FLOOR:
        raise SystemExit(4)


def judge(case: Case, answer: Answer) -> str:
    """One of JUDGED."""
    if answer.status not in ("answered", "partial"):
        return "refused though there"
    named = any(words(answer.short or "") == words(gold) for gold in case.answers)
    cited = any(
        citation.source == evidence.source and holds(citation.quote, evidence.quote)
        for citation in answer.citations
        for evidence in case.evidence
    )
    return "right" if named and cited else "wrong but stated"


def _cases(assistant: Assistant, documents: Sequence[TableDocument]) -> Iterator[Case]:
    """The cases of the documents; the evidence is the one stored line that has the words of the row and an answer."""
    for document in documents:
        lines = assistant.document(document.source).text.split("\n")
        for number, asked in enumerate(document.asked, 1):
            rows = [
                line.strip() for line in lines if asked.row in line and any(holds(line, one) for one in asked.answers)
            ]
            if len(rows) != 1:
                raise SystemExit(
                    f"{document.source}: {len(rows)} rows have {asked.row!r} and {asked.answers!r}; say more"
                )
            evidence = (Evidence(document.source, rows[0]),)
            tags = ("table", document.suffix)
            yield Case(f"{document.name}-{number}", asked.question, True, asked.answers, evidence, (), tags)


def _print(cases: Sequence[Case], judged: Sequence[str]) -> Mapping[str, float]:
    """Print the shares of each format; those of all."""
    shown = plain_table("tables")
    for column in ("questions", *JUDGED):
        shown.add_column(column, justify="right")
    shares: dict[str, float] = {}
    for suffix in (*dict.fromkeys(case.tags[1] for case in cases), "all"):
        counts = Counter(j for case, j in zip(cases, judged, strict=True) if suffix in ("all", case.tags[1]))
        shares = {name: counts[name] / counts.total() for name in JUDGED}
        shown.add_row(suffix, str(counts.total()), *(f"{share:.2f}" for share in shares.values()))
    console().print(shown)
    return shares


def _line(case: Case, answer: Answer, judged: str) -> str:
    said = {"judged": judged, "status": answer.status, "short": answer.short, "text": answer.text}
    more = {"told": answer.trace.kind, "confidence": answer.confidence, "notes": answer.trace.notes}
    return json.dumps(
        {"id": case.id, "question": case.question, "answers": case.answers, **said, **more}, ensure_ascii=False
    )


if __name__ == "__main__":
    main()
