"""What several commands share: which documents they ask, the settings, and errors as one line, never as a traceback."""

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from rag.errors import RagError

if TYPE_CHECKING:
    from rag.assistant import Assistant
    from rag.settings import Settings

Sources = Annotated[list[str] | None, typer.Option("--source", "-s", help="ask this document only (repeatable)")]
After = Annotated[str | None, typer.Option(metavar="DATE", help="from documents dated then or later: 2022-01-31")]
Before = Annotated[str | None, typer.Option(metavar="DATE", help="from documents dated then or earlier")]
Suffix = Annotated[str | None, typer.Option("--type", help="from files of this type: pdf")]
Folder = Annotated[str | None, typer.Option(help="from the documents of this folder")]


class Group(TyperGroup):
    """A command group: a RagError becomes one line and exit status 1, Ctrl-C exit status 130."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except RagError as error:
            typer.echo(f"rag: {error}", err=True)
            raise typer.Exit(1) from None
        except KeyboardInterrupt:
            if sys.stderr.isatty():
                typer.echo(err=True)  # the terminal has written ^C into the line
            typer.echo("rag: stopped; finished work is kept", err=True)
            raise typer.Exit(130) from None


def settings() -> "Settings":
    """The settings; a notice on standard error for each that is given under its old name."""
    from rag.settings import read_settings

    found, notices = read_settings()
    for notice in notices:
        typer.echo(f"rag: {notice}", err=True)
    return found


def where_of(after: str | None, before: str | None, suffix: str | None, folder: str | None) -> dict[str, str]:
    """The options that were given, as the argument `where` of an Assistant."""
    given = {"after": after, "before": before, "type": suffix, "folder": folder}
    return {name: value for name, value in given.items() if value is not None}


def warn_of_destination(assistant: "Assistant") -> None:
    """Say on standard error where passages are sent, if they are."""
    if assistant.destination:
        typer.echo(f"Passages are sent to {assistant.destination} ({assistant.model}).", err=True)
