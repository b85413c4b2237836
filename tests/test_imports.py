"""Imports point one way, and the light doors stay light."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from rag.settings import Settings

ROOT = Path(__file__).parent.parent
OURS = {"rag", "index", "eval", "app", "prompts"}
HEAVY = [
    "torch", "sentence_transformers", "transformers", "chromadb", "gradio", "langchain", "langchain_core", "openvino",
    "onnxruntime", "pydantic", "numpy", "pandas", "matplotlib", "lxml", "docx", "pypdfium2", "scipy", "tokenizers",
]  # fmt: skip


def imported(path: Path) -> set[str]:
    """Modules of ours that a file imports anywhere, dotted."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return {name for name in found if name.split(".")[0] in OURS}


def files(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


def engine() -> list[Path]:
    return [f for f in files("rag") if f.name != "cli.py" and "ui" not in f.relative_to(ROOT).parts]


@pytest.mark.parametrize("path", engine(), ids=lambda p: str(p.relative_to(ROOT)))
def test_the_engine_imports_nothing_above_it(path: Path) -> None:
    wrong = {
        m for m in imported(path) if m.split(".")[0] in {"index", "eval", "app"} or m.startswith(("rag.ui", "rag.cli"))
    }
    assert not wrong


@pytest.mark.parametrize("path", files("index"), ids=lambda p: p.name)
def test_the_indexer_imports_only_the_engine(path: Path) -> None:
    assert not {
        m
        for m in imported(path)
        if m.split(".")[0] in {"eval", "app"} or m.startswith(("rag.ui", "rag.cli", "rag.assistant"))
    }


@pytest.mark.parametrize("path", files("eval"), ids=lambda p: p.name)
def test_the_evals_do_not_know_the_doors(path: Path) -> None:
    assert not {m for m in imported(path) if m.split(".")[0] == "app" or m.startswith(("rag.ui", "rag.cli"))}


def test_nothing_imports_the_command_line() -> None:
    everything = [f for folder in OURS - {"app"} for f in files(folder)]
    assert not [f for f in everything if "rag.cli" in imported(f)]


def test_no_cycles_inside_the_engine() -> None:
    graph = {_name(f): {m for m in _at_import_time(f) if m.startswith("rag.")} for f in engine()}
    done: set[str] = set()

    def visit(module: str, path: tuple[str, ...]) -> None:
        assert module not in path, " -> ".join((*path, module))
        if module not in done:
            for below in graph.get(module, set()):
                visit(below, (*path, module))
            done.add(module)

    for module in graph:
        visit(module, ())


def _name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _at_import_time(path: Path) -> set[str]:
    found = set()
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return found


@pytest.mark.parametrize("code", ["from rag.cli import main; main(['--help'])", "import rag"])
def test_help_imports_no_heavy_package(code: str) -> None:
    script = (
        f"import sys\ntry:\n    {code}\nexcept SystemExit:\n    pass\nprint(','.join(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=True)
    loaded = {name.split(".")[0] for name in done.stderr.strip().splitlines()[-1].split(",")}
    assert not loaded & set(HEAVY)


ASKED = """
import sys
from rag.cli import main
try:
    main(["ask", "what did the coroner conclude?", "--json"])
except SystemExit:
    pass
print(*sys.modules, file=sys.stderr)
"""
NEVER = {
    "torch", "sentence_transformers", "transformers", "chromadb", "gradio", "langchain", "langchain_core", "docx",
    "langchain_openai", "matplotlib", "pandas", "scipy", "lxml", "pypdfium2", "openvino_telemetry", "onnxruntime",
}  # fmt: skip
MODULES = 900  # of which a third are numpy, OpenVINO and the library of command lines


def test_a_question_imports_little_and_nothing_heavy(seeds_settings: Settings) -> None:
    environment = os.environ | {
        "RAG_DATA_DIR": str(seeds_settings.data_dir),
        "RAG_CACHE_DIR": str(seeds_settings.cache_dir),
        "RAG_ENCODER_RUNTIME": "openvino",
    }
    done = subprocess.run(
        [sys.executable, "-c", ASKED], capture_output=True, text=True, cwd=ROOT, env=environment, check=True
    )
    assert '"status": "answered"' in done.stdout
    loaded = done.stderr.strip().splitlines()[-1].split()
    assert not NEVER & {name.split(".")[0] for name in loaded}
    assert len(loaded) < MODULES
