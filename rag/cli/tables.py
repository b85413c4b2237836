"""The command `rag table`: the same questions to every document."""

import json
from collections.abc import Generator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rag.cli.common import After, Before, Folder, Group, Sources, Suffix, settings, warn_of_destination, where_of
from rag.errors import ConfigError

if TYPE_CHECKING:
    from rag.tables.values import Table

app = typer.Typer(cls=Group)


@app.command()
def table(
    questions: Annotated[list[str], typer.Argument(metavar="QUESTION", help="questions, each in quotation marks")],
    source: Sources = None,
    after: After = None,
    before: Before = None,
    suffix: Suffix = None,
    folder: Folder = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="write to this file: .csv, .xlsx or .html", dir_okay=False)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="print a JSON object for each document, a line each")] = False,
    fresh: Annotated[bool, typer.Option("--fresh", help="ask anew what was asked before, too")] = False,
) -> None:
    """Ask every document the same questions: a row for each document, a column for each question.

    A further run asks only what is new or has changed; Ctrl-C keeps what is done. Exit status: 1 where a cell failed.
    """
    from rag.assistant import Assistant
    from rag.export import table_terminal
    from rag.export import terminal as render

    _require_usable(questions, output)
    where = where_of(after, before, suffix, folder)
    with Assistant(settings()) as assistant:
        warn_of_destination(assistant)
        with closing(assistant.stream_table(questions, source, where, fresh=fresh)) as tables:
            found = _follow(tables, as_json=as_json)
    if output:
        _write(found, output)
    elif not as_json:
        table_terminal.show(found, render.console())
    for note in found.notes:
        typer.echo(note, err=True)
    if found.failed:
        typer.echo(f"{found.failed} of {found.total} cells failed; run the command again to ask them again", err=True)
    raise typer.Exit(1 if found.failed else 0)


def _require_usable(questions: list[str], output: Path | None) -> None:
    """Refuse what could not be answered or written, before anything is asked."""
    if not all(question.strip() for question in questions):
        raise typer.BadParameter("a question is empty; write each in quotation marks", param_hint="QUESTION")
    if output is None:
        return
    from rag.export.tables import format_of

    try:
        format_of(output.name)
    except ConfigError as error:
        raise typer.BadParameter(str(error), param_hint="--output") from None
    if not output.absolute().parent.is_dir():
        raise typer.BadParameter(f"there is no folder {str(output.absolute().parent)!r}", param_hint="--output")


def _follow(tables: "Generator[Table]", *, as_json: bool) -> "Table":
    """The complete table; its progress is shown on a terminal, and with `as_json` each row as it is complete."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from rag.export import terminal as render

    columns = TextColumn("Asking"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    bar = Progress(*columns, console=render.console(error=True), transient=True)
    found, printed = next(tables), 0
    task = bar.add_task("", total=found.total)
    try:
        with render.shown_on_terminal(bar):
            for found in tables:
                bar.update(task, completed=found.done)
                while as_json and printed < len(found.rows) and found.rows[printed].is_complete:
                    typer.echo(json.dumps(found.row_dict(found.rows[printed]), ensure_ascii=False))
                    printed += 1
    except KeyboardInterrupt:
        said = f"rag: stopped after {found.done} of {found.total} cells; the same command goes on from there"
        typer.echo(said, err=True)
        raise typer.Exit(130) from None
    return found


def _write(found: "Table", output: Path) -> None:
    from rag.export.tables import format_of
    from rag.export.terminal import printable

    _, write = format_of(output.name)
    try:
        output.write_bytes(write(found))
    except OSError as error:
        said = f"{str(output)!r} cannot be written ({error.strerror or error}); the answers are kept, give another file"
        raise ConfigError(said) from None
    rows, columns = len(found.rows), len(found.questions)
    documents = f"{rows} document{'' if rows == 1 else 's'}"
    asked = f"{columns} question{'' if columns == 1 else 's'}"
    typer.echo(f"{printable(str(output))}: {documents}, {asked}")
