"""`python -m eval`: the same as `rag eval`."""

from pathlib import Path
from typing import Annotated

import typer

from eval.command import run_command
from rag.errors import RagError
from rag.settings import load_settings


def main(
    cases: Annotated[Path | None, typer.Argument(help="gold cases; without it those of seeds/")] = None,
    *,
    documents: Annotated[Path | None, typer.Option(help="folder with the documents of the cases")] = None,
    run: Annotated[Path | None, typer.Option(help="write a run file: a header, then a line per case")] = None,
    html: Annotated[Path | None, typer.Option(help="write a report as one HTML page")] = None,
    gate: Annotated[Path | None, typer.Option(help="TOML file of thresholds; exit 4 where one is broken")] = None,
    limit: Annotated[int | None, typer.Option(help="only the first cases", min=1)] = None,
    tag: Annotated[str | None, typer.Option(help="only cases with this tag")] = None,
    judge: Annotated[bool, typer.Option("--judge", help="have the connected model judge each answer")] = False,
) -> None:
    """Measure the assistant on gold cases."""
    try:
        status = run_command(
            cases, documents, load_settings(), run=run, html=html, gate=gate, limit=limit, tag=tag, judge=judge
        )
    except RagError as error:
        typer.echo(f"eval: {error}", err=True)
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        typer.echo("eval: stopped; the run file holds what was measured", err=True)
        raise typer.Exit(130) from None
    raise typer.Exit(status)


if __name__ == "__main__":
    typer.run(main)
