"""The commands of `rag` that measure: `eval`, `eval-diff` and `eval-new`."""

from pathlib import Path
from typing import Annotated

import typer

from rag.cli.common import Group, settings

app = typer.Typer(cls=Group)


@app.command("eval")
def evaluate(
    cases: Annotated[
        Path | None,
        typer.Argument(metavar="CASES", help="gold cases (.jsonl); without it, those of seeds/", exists=True),
    ] = None,
    documents: Annotated[
        Path | None, typer.Option(help="folder with the documents of the cases", exists=True, file_okay=False)
    ] = None,
    run: Annotated[Path | None, typer.Option(help="write every answer and score to this file")] = None,
    html: Annotated[Path | None, typer.Option(help="write a report with plots and every failed case")] = None,
    gate: Annotated[
        Path | None, typer.Option(help="thresholds (.toml); exit status 4 where one does not hold", exists=True)
    ] = None,
    limit: Annotated[int | None, typer.Option(help="use the first N cases only", min=1)] = None,
    tag: Annotated[str | None, typer.Option(help="use cases with this tag only")] = None,
    judge: Annotated[bool, typer.Option("--judge", help="have the connected model judge each answer")] = False,
) -> None:
    """Measure the assistant on gold cases. Exit status: 4 where a threshold does not hold."""
    from eval.command import run_command

    status = run_command(cases, documents, settings(), run=run, html=html, gate=gate, limit=limit, tag=tag, judge=judge)
    raise typer.Exit(status)


@app.command("eval-diff")
def eval_diff(
    a: Annotated[Path, typer.Argument(metavar="A", help="a run file", exists=True)],
    b: Annotated[Path, typer.Argument(metavar="B", help="another one over the same cases", exists=True)],
) -> None:
    """Compare two runs: differences, their significance, and the cases that flipped."""
    from eval.command import diff_command

    status = diff_command(a, b)
    raise typer.Exit(status)


@app.command("eval-new")
def eval_new(
    documents: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="folder of documents", exists=True, file_okay=False)
    ],
    out: Annotated[Path, typer.Option(help="file of gold cases to write or add to")] = Path("cases.jsonl"),
    draft: Annotated[int | None, typer.Option(help="write N drafts without asking", min=1)] = None,
) -> None:
    """Write gold cases for your own documents in a dialogue."""
    from eval.command import new_command

    status = new_command(documents, out, settings(), draft=draft)
    raise typer.Exit(status)
