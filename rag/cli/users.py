"""The commands of `rag user`: manage the users of the page, in the file that RAG_AUTH names."""

import getpass
import sys
from typing import Annotated

import typer

from rag.cli.common import settings
from rag.errors import ConfigError

app = typer.Typer(help="Manage the users of the page (RAG_AUTH names their file).", no_args_is_help=True)
Name = Annotated[
    str, typer.Argument(metavar="NAME", help="up to 32 lower-case letters, digits, dots, dashes and underscores")
]


@app.command()
def add(name: Name) -> None:
    """Add a user or change a password, which is asked for or read from standard input."""
    from rag.store.users import add_user, check_name, users_file

    path = users_file(settings())
    check_name(name)
    add_user(path, name, _password())
    typer.echo(f"{name} can sign in now; the users are in {path}.")


@app.command()
def remove(name: Name) -> None:
    """Remove a user; their documents and conversations stay."""
    from rag.store.users import remove_user, users_file

    remove_user(users_file(settings()), name)
    typer.echo(f"{name} cannot sign in any more.")


@app.command("list")
def list_users() -> None:
    """Print the names of all users."""
    from rag.store.users import user_names, users_file

    for name in user_names(users_file(settings())):
        typer.echo(name)


def _password() -> str:
    """A password, typed twice without echo, or one line from standard input."""
    if not sys.stdin.isatty():
        if not (line := sys.stdin.readline()):
            raise ConfigError("no password was given: type it at the prompt, or pipe one line with it")
        return line.rstrip("\r\n")
    password = getpass.getpass("Password: ")
    if getpass.getpass("Once more: ") != password:
        raise ConfigError("the two passwords differ: try again")
    return password
