"""Load the settings for a command, and print errors as one line, never as a traceback."""

import sys
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperGroup

from rag.errors import RagError

if TYPE_CHECKING:
    from rag.settings import Settings


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
