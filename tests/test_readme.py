"""README cannot rot: its blocks run, and its tables and file tree are what the code says (UPDATE=1 rewrites these)."""

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
README = ROOT / "README.md"
BLOCK = re.compile(r"(?P<marker><!-- not run by the tests: [^>]+ -->\n)?```(?P<kind>\w+)\n(?P<code>.*?)```", re.DOTALL)
SECTION = re.compile(r"<!-- (?P<name>settings|tree) -->\n(?:.*?<!-- end -->)?", re.DOTALL)
FOLDERS = {
    "docs/": "page, answer, decisions, quality, performance, licences; pictures by `make screenshots`",
    "seeds/": "the documents that ship; SOURCES.md says which are fictional",
    "eval/cases/": "gold cases of the seeds, and attacks from inside documents",
    "notebooks/": "quickstart.ipynb",
    "tests/": "one file for each module or door",
}


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


def tree() -> str:
    files = subprocess.run(
        ["git", "ls-files", "*.py", "*.md"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    lines = []
    for name in sorted(files.split()):
        if name.endswith(".py") and not name.startswith("tests/"):
            lines.append(
                f"{name:<28} {(ast.get_docstring(ast.parse((ROOT / name).read_text())) or '').splitlines()[0]}"
            )
        elif name.startswith("prompts/"):
            lines.append(f"{name:<28} what a connected model is told")
    lines += [f"{name:<28} {what}" for name, what in FOLDERS.items()]
    return "```text\n" + "\n".join(sorted(lines)) + "\n```"


def test_tables_and_tree_are_what_the_code_says() -> None:
    made = {"settings": settings_table(), "tree": tree()}
    text = README.read_text()
    fresh = SECTION.sub(lambda m: f"<!-- {m['name']} -->\n{made[m['name']]}\n<!-- end -->", text)
    if os.environ.get("UPDATE"):
        README.write_text(fresh)
    assert README.read_text() == fresh, "README is behind the code: UPDATE=1 make test ARGS=tests/test_readme.py"


def test_every_linked_file_is_there() -> None:
    links = re.findall(r"\]\((?!http)([^)#]+)\)", README.read_text())
    assert [link for link in links if not (ROOT / link).exists()] == []


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
    assert len(code.splitlines()) == 6
    shows = code.rstrip().splitlines()
    shows[-1] = f"print({shows[-1]}.status)"
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(shows)], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip().endswith("answered")
