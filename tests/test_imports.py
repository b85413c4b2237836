"""Imports point one way, and `import rag`, `rag --help` and `rag ask` load no heavy package without need."""

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
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
    return [f for f in files("rag") if "rag.ui" not in _name(f) and not _name(f).startswith("rag.cli")]


LAYERS = (
    ("rag.errors", "rag.offline", "rag.shown"),
    ("rag.schema", "rag.settings", "rag.text", "rag.process_child"),
    ("rag.process", "rag.tables.values"),
    ("rag.models",),
    ("rag.store",),
    ("rag.retrieve", "rag.export", "rag.tables"),
    ("rag.answer",),
    ("rag.langchain", "rag.pipeline", "prompts"),
    ("rag.assistant", "rag.doctor", "index"),
    ("rag.ui", "eval"),
    ("rag.cli",),
    ("eval.__main__",),
)
"""Packages and single files from the lowest layer up: each imports only lower layers, none of its own."""
EVAL_LAYERS = (
    ("eval.overlap", "eval.engine", "eval.console", "eval.scripted"),
    ("eval.cases",),
    ("eval.metrics",),
    ("eval.runs",),
    ("eval.report", "eval.train"),
    ("eval.measure", "eval.fit", "eval.claims"),
    ("eval.studies", "eval.command"),
    ("eval.bench", "eval.__main__"),
)
UI_LAYERS = (
    ("rag.ui.pdfium", "rag.ui.fair_queue", "rag.ui.assistants", "rag.ui.scope"),
    ("rag.ui.pdf_pages", "rag.ui.indexing", "rag.ui.tables"),
    ("rag.ui.document_view",),
    ("rag.ui.views", "rag.ui.services"),
    ("rag.ui.answering", "rag.ui.events"),
    ("rag.ui.chat",),
    ("rag.ui.handlers",),
    ("rag.ui.page",),
    ("rag.ui.http",),
)


def layer_of(module: str, layers: tuple[tuple[str, ...], ...]) -> tuple[int, str]:
    """The number of a module's layer, and the package or file of that layer which it belongs to."""
    found = [
        (level, name)
        for level, names in enumerate(layers)
        for name in names
        if module == name or module.startswith(f"{name}.")
    ]
    assert found, f"{module} is in no layer: add its package to LAYERS"
    return max(found, key=lambda one: len(one[1]))


def test_imports_point_one_way() -> None:
    assert not list(_upward([f for folder in ("rag", "index", "eval", "prompts") for f in files(folder)], LAYERS))


def test_imports_of_the_evals_point_one_way() -> None:
    assert not list(_upward(files("eval"), EVAL_LAYERS))


def test_imports_of_the_page_point_one_way() -> None:
    assert not list(_upward(files("rag/ui"), UI_LAYERS, inside="rag.ui."))


def _upward(paths: list[Path], layers: tuple[tuple[str, ...], ...], inside: str = "") -> Iterator[str]:
    top = {name.split(".")[0] for names in layers for name in names}
    for path in paths:
        module = _name(path)
        if not module.startswith(inside):
            continue
        if module in top - {"index", "prompts"}:
            continue  # the packages themselves, which import on demand
        level, own = layer_of(module, layers)
        for other in (name for name in imported(path) if name.startswith(inside)):
            if other.split(".")[0] in top and other not in {"rag", "eval"}:
                below, its = layer_of(other, layers)
                if its != own and below >= level:
                    yield f"{module} imports {other}"


def test_no_package_imports_private_names_of_another() -> None:
    wrong = [
        f"{path}: {node.module}.{alias.name}"
        for folder in ("rag", "index", "eval")
        for path in files(folder)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in OURS
        for alias in node.names
        if alias.name.startswith("_") and node.module != _name(path).rpartition(".")[0]
    ]
    assert not wrong


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
