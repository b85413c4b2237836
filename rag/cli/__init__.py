"""The command line `rag`.

Arguments come in; they go to the engine, the indexer, the page or the evals, and what these return is printed. It has
no logic of its own and is imported by nothing but the doors.
"""

from rag.cli.commands import app, main

__all__ = ["app", "main"]
