"""Every module is imported by a test, or reached by one through other modules; no folder holds too many files."""

import ast
from pathlib import Path

import pytest

from index.load import PARSERS

ROOT = Path(__file__).parent.parent
PACKAGES = ("rag", "index", "eval")
ROOT_FILES, FOLDER_FILES = 12, 16
# modules that no test imports, and the test that reaches them through others
REACHED_BY = {
    "eval.__main__": "eval/test_command.py",
    "rag.answer.kinds.answers": "answer/test_kinds.py",
    "rag.answer.kinds.collecting.conditions": "answer/test_collection.py",
    "rag.answer.kinds.collecting.days": "answer/test_collection.py",
    "rag.answer.kinds.collecting.mentions": "answer/test_collection.py",
    "rag.answer.kinds.collecting.written": "answer/test_collection.py",
    "rag.answer.kinds.collection": "answer/test_collection.py",
    "rag.answer.kinds.furniture": "answer/test_whole.py",
    "rag.answer.kinds.whole": "answer/test_whole.py",
    "rag.retrieve.dated": "retrieve/test_where.py",
    "rag.retrieve.where": "retrieve/test_where.py",
    "rag.answer.kinds.comparing.alignment": "answer/test_comparison.py",
    "rag.answer.kinds.comparing.likeness": "answer/test_comparison.py",
    "rag.answer.kinds.comparing.naming": "answer/test_comparison.py",
    "rag.answer.kinds.comparing.selection": "answer/test_comparison.py",
    "rag.answer.kinds.comparing.subject": "answer/test_comparison.py",
    "rag.answer.kinds.comparing.units": "answer/test_comparison.py",
    "rag.answer.kinds.comparing.versions": "answer/test_comparison.py",
    "rag.answer.kinds.comparing.written": "answer/test_comparison.py",
    "rag.answer.kinds.comparison": "answer/test_comparison.py",
    "rag.answer.kinds.features": "answer/test_kinds.py",
    "rag.answer.kinds.handler": "answer/test_kinds.py",
    "rag.answer.kinds.summarising.candidates": "answer/test_summarising.py",
    "rag.answer.kinds.summarising.mentions": "answer/test_summarising.py",
    "rag.answer.kinds.summarising.target": "answer/test_summarising.py",
    "rag.answer.kinds.summarising.written": "answer/test_summarising.py",
    "rag.answer.kinds.summary": "answer/test_summarising.py",
    "rag.answer.kinds.parts": "answer/test_two_questions.py",
    "rag.answer.kinds.listing.choice": "answer/test_lists.py",
    "rag.answer.kinds.listing.collected": "answer/test_lists.py",
    "rag.answer.kinds.listing.lists": "answer/test_lists.py",
    "rag.answer.kinds.listing.marks": "answer/test_lists.py",
    "rag.answer.kinds.listing.rows": "answer/test_lists.py",
    "rag.answer.kinds.listing.written": "answer/test_lists.py",
    "rag.answer.kinds.talk": "answer/test_kinds.py",
    "rag.answer.kinds.vague": "answer/test_kinds.py",
    "rag.export.blocks": "export/test_export.py",
    "rag.shown": "export/test_export.py",
    "eval.bench.child": "eval/test_bench.py",
    "eval.bench.peers": "eval/test_bench.py",
    "eval.metrics.labels": "eval/test_html.py",
    "eval.train.augment": "eval/test_reader_examples.py",
    "eval.train.dev": "eval/test_reader_training.py",
    "eval.train.forms": "eval/test_reader_examples.py",
    "eval.train.inquests": "eval/test_reader_examples.py",
    "eval.train.opposites": "eval/test_reader_examples.py",
    "eval.train.claim_examples": "eval/test_checker_training.py",
    "eval.train.optimiser": "eval/test_reader_training.py",
    "eval.train.tokens": "eval/test_reader_training.py",
    "index.changes": "index/test_build.py",
    "index.command": "test_cli.py",
    "index.folders": "test_cli.py",
    "index.parsers.content": "index/test_load.py",
    "index.parsers.decode": "index/test_load.py",
    "index.parsers.docx": "index/test_load.py",
    "index.parsers.html": "index/test_load.py",
    "index.parsers.html_decode": "index/test_html_true.py",
    "index.parsers.html_list": "index/test_html_true.py",
    "index.parsers.html_tree": "index/test_load.py",
    "index.parsers.html_unseen": "index/test_html_true.py",
    "index.parsers.markdown": "index/test_load.py",
    "index.parsers.page.fields": "index/test_pdf_true.py",
    "index.parsers.page.fragments": "index/test_pdf_true.py",
    "index.parsers.page.layout": "index/test_pdf_true.py",
    "index.parsers.page.letters": "index/test_pdf_true.py",
    "index.parsers.page.reading": "index/test_pdf_true.py",
    "index.parsers.page.rows": "index/test_pdf_true.py",
    "index.parsers.page.running": "index/test_pdf_true.py",
    "index.parsers.page.seen": "index/test_pdf_true.py",
    "index.parsers.page.words": "index/test_pdf_true.py",
    "index.parsers.pdf": "index/test_load.py",
    "index.parsers.plain": "index/test_load.py",
    "index.parsers.word.asides": "index/test_docx_true.py",
    "index.parsers.word.elements": "index/test_docx_true.py",
    "index.parsers.word.formula": "index/test_docx_true.py",
    "index.parsers.word.looks": "index/test_docx_true.py",
    "index.parsers.word.rows": "index/test_docx_true.py",
    "index.parsers.word.story": "index/test_docx_true.py",
    "index.parsers.word.strict": "index/test_docx_true.py",
    "index.parsers.word.symbols": "index/test_docx_true.py",
    "index.parsers.word.unread": "index/test_docx_true.py",
    "index.parsers.word.words": "index/test_docx_true.py",
    "index.pipeline": "index/test_build.py",
    "rag.cli.commands": "test_cli.py",
    "rag.store.verbatim": "test_assistant.py",
    "rag.pipeline": "test_assistant.py",
    "rag.cli.common": "test_settings.py",
    "rag.cli.evals": "test_cli.py",
    "rag.cli.tables": "test_cli_table.py",
    "rag.cli.users": "store/test_users.py",
    "rag.doctor": "test_cli.py",
    "rag.export.footnotes": "export/test_export.py",
    "rag.export.listing": "test_cli.py",
    "rag.langchain": "test_assistant.py",
    "rag.models.chat_adapting": "models/test_chat_adapting.py",
    "rag.models.network": "models/test_reader.py",
    "rag.retrieve.spelling": "answer/test_spelling.py",
    "rag.retrieve.vocabulary": "answer/test_spelling.py",
    "rag.store.bm25": "store/test_bm25.py",
    "rag.store.snapshot_writer": "store/test_snapshots.py",
    "rag.ui.answering": "ui/test_browser_models.py",
    "rag.ui.assistants": "ui/test_browser_models.py",
    "rag.ui.chat": "ui/test_browser.py",
    "rag.ui.handlers": "ui/test_browser_conversations.py",
    "rag.ui.http.guard": "ui/http/test_guard.py",
    "rag.ui.http.listen": "ui/http/test_server.py",
    "rag.ui.http.routes": "ui/http/test_server.py",
    "rag.ui.http.routes_documents": "ui/indexing/test_indexer.py",
    "rag.ui.http.routes_table": "ui/http/test_table_page.py",
    "rag.answer.kinds.meant": "answer/test_versions_meant.py",
    "rag.ui.scope": "ui/test_browser_scope.py",
    "rag.ui.http.signin": "ui/http/test_signin.py",
    "rag.ui.http.web": "ui/http/test_server.py",
    "rag.ui.indexing.indexer": "ui/indexing/test_indexer.py",
    "rag.ui.page": "ui/test_browser.py",
    "rag.ui.services": "ui/http/test_server.py",
}
# modules that are run as a command, and how the test names them
BY_NAME = {
    "eval.__main__": '"-m", "eval"',
    "eval.bench.child": 'child("size")',
    "eval.bench.peers": '"peers.py"',
}


def module_name(path: Path) -> str:
    return path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".")


def modules() -> set[str]:
    paths = (path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
    return {module_name(path) for path in paths if path.name != "__init__.py"}


def imported_by(path: Path) -> set[str]:
    """The names that a file imports anywhere, each with its module in front."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def test_every_module_is_imported_by_a_test_or_reached_by_a_named_one() -> None:
    tested = {name for path in (ROOT / "tests").rglob("*.py") for name in imported_by(path)}
    assert sorted(modules() - tested - REACHED_BY.keys()) == []
    assert sorted(REACHED_BY.keys() & tested) == [], "a test imports these: take them out of REACHED_BY"
    assert sorted(REACHED_BY.keys() - modules()) == [], "these are gone"


@pytest.mark.parametrize(("module", "reached_by"), REACHED_BY.items())
def test_the_named_test_reaches_the_module(module: str, reached_by: str) -> None:
    test = ROOT / "tests" / reached_by
    assert module in reached(test) or BY_NAME.get(module, "\0") in test.read_text()


def reached(path: Path) -> set[str]:
    """All that a file imports, directly or by way of our other modules and the helpers of the tests."""
    ours = [one for package in (*PACKAGES, "tests") for one in (ROOT / package).rglob("*.py")]
    files = {module_name(one).removesuffix(".__init__").removeprefix("tests."): one for one in ours}
    todo, done, found = [path], {path}, set[str]()
    while todo:
        names = imported_by(todo.pop())
        if "index.parsers.content" in names:  # of index.load, which imports parsers by their names
            names |= {f"index.parsers.{parser}" for parser in PARSERS.values()}
        found |= names
        new = {files[name] for name in names if name in files} - done
        todo += new
        done |= new
    return found


def test_no_folder_holds_too_many_files() -> None:
    folders = {path.parent for package in PACKAGES for path in (ROOT / package).rglob("*.py")}
    sizes = {str(folder.relative_to(ROOT)): len(list(folder.glob("*.py"))) for folder in folders}
    limits = {name: ROOT_FILES if name == "rag" else FOLDER_FILES for name in sizes}
    assert {name: size for name, size in sizes.items() if size > limits[name]} == {}
