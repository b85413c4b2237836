"""What all commands share: the settings, and errors printed as one line, never as a traceback."""

from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperGroup

from rag.errors import RagError

if TYPE_CHECKING:
    from rag.settings import Settings


class Group(TyperGroup):
    """Runs a command; an error of ours is one line and exit status 1, Ctrl-C exit status 130."""

    def invoke(self, ctx: Any) -> Any:
        """Run what was asked for."""
        try:
            return super().invoke(ctx)
        except RagError as error:
            typer.echo(f"rag: {error}", err=True)
            raise typer.Exit(1) from None
        except KeyboardInterrupt:
            typer.echo("rag: stopped; nothing that was finished is lost", err=True)
            raise typer.Exit(130) from None


def settings() -> "Settings":
    """The settings; one that is given under its old name is named on standard error."""
    from rag.settings import read_settings

    found, notices = read_settings()
    for notice in notices:
        typer.echo(f"rag: {notice}", err=True)
    return found
