"""The command line `rag`.

Arguments come in and are passed to the engine, the indexer, the page or the evals; their results are printed. It has no
logic of its own.
"""

from rag.cli.commands import app, main

__all__ = ["app", "main"]
