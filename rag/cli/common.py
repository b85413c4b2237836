"""What all commands share: errors are printed as one line, never as a traceback."""

from typing import Any

import typer
from typer.core import TyperGroup

from rag.errors import RagError


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
