"""The commands of `rag`: each reads its arguments, calls the engine and prints.

Heavy packages are imported inside the commands that need them, so that `rag --help` is instant.
"""

import json
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rag.cli import evals, tables, users
from rag.cli.common import After, Before, Folder, Group, Sources, Suffix, settings, warn_of_destination, where_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rag.assistant import Assistant
    from rag.schema import Answer, Turn

EXIT = {"answered": 0, "partial": 0, "uncertain": 3, "not_in_documents": 3, "failed": 1}

app = typer.Typer(
    cls=Group,
    help="Answer questions from your own documents, with checked citations.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(tables.app)
app.add_typer(evals.app)
app.add_typer(users.app, name="user")
Paths = Annotated[list[Path], typer.Argument(metavar="PATH", help="files or folders", resolve_path=True)]


@app.command()
def index(
    paths: Paths,
    watch: Annotated[bool, typer.Option("--watch", help="keep running and index every change")] = False,
    verify: Annotated[bool, typer.Option("--verify", help="compare contents, not only sizes and times")] = False,
) -> None:
    """Index files and folders; a further run only indexes what changed."""
    from index.command import run_index

    failed = run_index(paths, settings(), follow=watch, verify=verify)
    raise typer.Exit(1 if failed else 0)


@app.command()
def ask(
    question: Annotated[str, typer.Argument(metavar="QUESTION", help="the question; '-' reads it from standard input")],
    as_json: Annotated[bool, typer.Option("--json", help="print the whole Answer as JSON")] = False,
    source: Sources = None,
    after: After = None,
    before: Before = None,
    suffix: Suffix = None,
    folder: Folder = None,
    show_passages: Annotated[bool, typer.Option("--passages", help="also print the passages and their scores")] = False,
    as_written: Annotated[bool, typer.Option("--as-written", help="do not correct misspelled words")] = False,
) -> None:
    """Answer one question. Exit status: 0 answered, 3 uncertain or not in the documents, 1 failed."""
    from rag.assistant import Assistant

    text = sys.stdin.read().strip() if question == "-" else question
    if not text.strip():
        raise typer.BadParameter("the question is empty; write it in quotation marks", param_hint="QUESTION")
    where = where_of(after, before, suffix, folder)
    with Assistant(settings(), once=True) as assistant:
        if as_json:
            answer = assistant.ask(text, sources=source, where=where, correct=not as_written)
            typer.echo(json.dumps(answer.to_dict(), ensure_ascii=False))
        else:
            warn_of_destination(assistant)
            answer = _show(assistant, text, source, where=where, show_passages=show_passages, correct=not as_written)
    raise typer.Exit(EXIT[answer.status])


def _show(
    assistant: "Assistant",
    question: str,
    sources: list[str] | None,
    history: "Sequence[Turn]" = (),
    *,
    where: dict[str, str],
    show_passages: bool = False,
    correct: bool = True,
) -> "Answer":
    """Answer a question, and print the answer as it grows and when it is complete."""
    from rag.export import terminal as render

    console = render.console()
    with closing(assistant.stream(question, history, sources, where, correct=correct)) as answers:
        answer = render.follow(answers, console)
    console.print(render.answer(answer))
    if show_passages:
        console.print(render.passages(answer.passages))
    return answer


@app.command()
def chat(
    source: Sources = None, after: After = None, before: Before = None, suffix: Suffix = None, folder: Folder = None
) -> None:
    """Hold a conversation in the terminal; an empty line or Ctrl-D ends it."""
    from rag.assistant import Assistant

    where = where_of(after, before, suffix, folder)
    with Assistant(settings()) as assistant:
        warn_of_destination(assistant)
        history: list[tuple[str, str]] = []
        suggestions: tuple[str, ...] = ()
        typer.echo(f"Answering with {assistant.model} from {len(assistant.sources())} documents. Ctrl-D ends.")
        while question := _read_question(suggestions):
            answer = _show(assistant, question, source, history, where=where)
            history.append(answer.turn)
            suggestions = answer.suggestions


def _read_question(suggestions: "Sequence[str]") -> str:
    """The next question: what is typed, or the suggestion whose number is typed."""
    from rag.export.terminal import printable

    try:
        typed = input("\n? ").strip()
    except EOFError:
        return ""
    if not (typed.isdecimal() and 1 <= int(typed) <= len(suggestions)):
        return typed
    chosen = suggestions[int(typed) - 1]
    typer.echo(printable(chosen))
    return chosen


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="address to listen on")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="port to listen on", min=0, max=65535)] = 7860,
    open_browser: Annotated[bool, typer.Option("--open", help="open the page in the browser")] = False,
) -> None:
    """Open the chat in the browser."""
    from rag.ui import serve as serve_page

    serve_page(settings(), host=host, port=port, open_browser=open_browser)


@app.command()
def sources(
    as_json: Annotated[bool, typer.Option("--json", help="print a JSON array")] = False,
    details: Annotated[str | None, typer.Option(metavar="SOURCE", help="what was read of this document")] = None,
) -> None:
    """List the documents of the index, or say what was read of one and what was not."""
    from rag.assistant import Assistant
    from rag.export import listing
    from rag.export import terminal as render

    with Assistant(settings()) as assistant:
        documents = assistant.sources()
        if details is not None:
            documents = [d for d in documents if d.source == assistant.document(details).source]
    if details is not None and not as_json:
        listing.show_details(documents[0], render.console())
    elif as_json:
        typer.echo(listing.as_json(documents))
    else:
        listing.show(documents, render.console())


@app.command()
def show(
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="a document, as `rag sources` names it")],
) -> None:
    """Print the stored text of a document; on a terminal, without control characters."""
    from rag.assistant import Assistant
    from rag.text.normalize import strip_controls

    with Assistant(settings()) as assistant:
        text = assistant.document(source).text
    typer.echo(strip_controls(text) if sys.stdout.isatty() else text, color=True)  # else echo itself strips codes


@app.command()
def remove(
    names: Annotated[
        list[str],
        typer.Argument(
            metavar="SOURCE", help="documents, as `rag sources` names them, or a folder: all that were indexed from it"
        ),
    ],
) -> None:
    """Remove documents from the index; the files themselves stay."""
    from index.command import run_remove
    from rag.export.terminal import printable

    removed = run_remove(names, settings())
    typer.echo(f"Removed {', '.join(map(printable, removed))}. Indexing their folder again brings them back.")


@app.command()
def doctor() -> None:
    """Check the installation and the index, and say where passages would be sent."""
    from rag.doctor import report

    healthy = True
    for finding in report():
        healthy &= finding.ok
        typer.echo(f"{'ok ' if finding.ok else 'NO '} {finding.name:<16} {finding.text}")
    raise typer.Exit(0 if healthy else 1)


@app.callback(invoke_without_command=True)
def _main(version: Annotated[bool, typer.Option("--version", help="print the version and exit")] = False) -> None:
    if version:
        from importlib.metadata import version as installed

        typer.echo(f"rag {installed('rag-assistant')}")
        raise typer.Exit


def main(arguments: list[str] | None = None) -> None:
    """Run the command line."""
    app(arguments, prog_name="rag")
