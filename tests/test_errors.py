"""All exceptions are in one tree, which the docstring of rag.errors draws."""

import ast
import inspect
import re
from pathlib import Path

import rag.errors
from rag.errors import RagError

ROOT = Path(__file__).parent.parent


def classes() -> set[str]:
    return {name for name, value in vars(rag.errors).items() if inspect.isclass(value) and issubclass(value, RagError)}


def test_no_exception_of_the_engine_is_defined_elsewhere() -> None:
    bases = classes() | {"Exception", "BaseException", "RuntimeError", "ValueError", "OSError"}
    elsewhere = [
        f"{path}: {node.name}"
        for folder in ("rag", "index")
        for path in sorted((ROOT / folder).rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ClassDef) and {ast.unparse(base) for base in node.bases} & bases
    ]
    assert [found for found in elsewhere if "rag/errors.py" not in found] == []


def test_the_tree_names_every_class() -> None:
    drawn = re.findall(r"^[│├└─ ]*(\w+)(?=$|  )", str(rag.errors.__doc__), re.MULTILINE)
    assert set(drawn) == classes()
