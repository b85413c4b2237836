"""The documents follow the code: README's examples run, tables are generated (UPDATE=1), links lead to files."""

import ast
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic.fields import FieldInfo

from rag.settings import Settings

ROOT = Path(__file__).parent.parent
README, SETTINGS, ARCHITECTURE = ROOT / "README.md", ROOT / "docs" / "settings.md", ROOT / "docs" / "architecture.md"
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), ROOT / "eval" / "README.md"])
BLOCK = re.compile(r"(?P<marker><!-- not run by the tests: [^>]+ -->\n)?```(?P<kind>\w+)\n(?P<code>.*?)```", re.DOTALL)
MODULES = re.compile(r"(?<=<!-- modules -->\n).*?(?=<!-- end -->)", re.DOTALL)
TABLE = re.compile(r"(?<=<!-- settings -->\n).*?(?=<!-- end -->)", re.DOTALL)


def blocks(kind: str) -> list[str]:
    return [m["code"] for m in BLOCK.finditer(README.read_text()) if m["kind"] == kind and not m["marker"]]


def settings_table() -> str:
    rows = [
        f"| `RAG_{name.upper()}` | {field.description} | {shown(field)} |"
        for name, field in Settings.model_fields.items()
    ]
    return "\n".join(["| variable | what | default |", "|---|---|---|", *rows])


def shown(field: FieldInfo) -> str:
    if field.default_factory:
        return "the user's own folder"
    return f"`{field.default!r}`" if field.default not in ("", None) else "none"


def test_readme_is_short() -> None:
    assert len(README.read_text().splitlines()) <= 150


def test_the_table_of_settings_is_what_the_code_says() -> None:
    text = SETTINGS.read_text()
    fresh = TABLE.sub(lambda _: f"{settings_table()}\n", text)
    if os.environ.get("UPDATE"):
        SETTINGS.write_text(fresh)
    assert SETTINGS.read_text() == fresh, "it is behind the code: UPDATE=1 make test ARGS=tests/test_readme.py"


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_linked_file_is_there(path: Path) -> None:
    links = re.findall(r"\]\((?!http)([^)#]+)\)", path.read_text())
    assert [link for link in links if not (path.parent / link).exists()] == []


def test_every_file_that_the_architecture_names_is_there() -> None:
    named = re.findall(r"`((?:rag|index|eval|prompts|tests)/[\w/.-]*)`", ARCHITECTURE.read_text())
    assert named
    assert [name for name in named if not (ROOT / name).exists()] == []


def module_table(architecture: str) -> str:
    """The modules of rag/ and index/ that the text above the table does not name."""
    above = architecture.partition("<!-- modules -->")[0]
    paths = sorted(path for package in ("rag", "index") for path in (ROOT / package).rglob("*.py"))
    names = {path.relative_to(ROOT).as_posix(): path for path in paths if path.name != "__init__.py"}
    rows = [
        f"| `{name}` | {(ast.get_docstring(ast.parse(path.read_text())) or '').splitlines()[0].rstrip('.')} |"
        for name, path in names.items()
        if f"`{name}`" not in above
    ]
    return "\n".join(["| module | what it does |", "|---|---|", *rows])


def test_the_architecture_names_every_module() -> None:
    text = ARCHITECTURE.read_text()
    fresh = MODULES.sub(lambda _: f"{module_table(text)}\n", text)
    if os.environ.get("UPDATE"):
        ARCHITECTURE.write_text(fresh)
    assert ARCHITECTURE.read_text() == fresh, "it is behind the code: UPDATE=1 make test ARGS=tests/test_readme.py"


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("readme")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return os.environ | {"RAG_DATA_DIR": str(folder / "data"), "RAG_CACHE_DIR": str(folder / "cache"), "PATH": path}


def test_the_commands_run(environment: dict[str, str]) -> None:
    for line in "".join(blocks("sh")).splitlines():
        command = shlex.split(line, comments=True)
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"


def test_the_notebook_example_runs(environment: dict[str, str]) -> None:
    (code,) = blocks("python")
    assert len(code.splitlines()) == 8
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip().endswith("[2]")  # the finding, and the ruling
