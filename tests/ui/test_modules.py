"""Every module of the page has a test that imports it, or one through the door in front of it."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]
# wired together by `rag.ui.http.server.create_app`, and tested as a browser calls it
DOORS = {
    "rag.ui.answering": "ui/test_browser_models.py",
    "rag.ui.assistants": "ui/test_browser_models.py",
    "rag.ui.chat": "ui/test_browser.py",
    "rag.ui.handlers": "ui/test_browser_conversations.py",
    "rag.ui.page": "ui/test_browser.py",
    "rag.ui.services": "ui/http/test_server.py",
    "rag.ui.http.guard": "ui/http/test_guard.py",
    "rag.ui.http.listen": "ui/http/test_server.py",
    "rag.ui.http.routes": "ui/http/test_server.py",
    "rag.ui.http.routes_documents": "ui/indexing/test_indexer.py",
    "rag.ui.http.signin": "ui/http/test_signin.py",
    "rag.ui.http.web": "ui/http/test_server.py",
    "rag.ui.indexing.indexer": "ui/indexing/test_indexer.py",
}


def imported() -> set[str]:
    """The modules that tests import."""
    nodes = [node for path in (ROOT / "tests").rglob("*.py") for node in ast.walk(ast.parse(path.read_text()))]
    return {
        name
        for node in nodes
        if isinstance(node, ast.ImportFrom) and node.module
        for name in (node.module, *(f"{node.module}.{alias.name}" for alias in node.names))
    }


def test_every_module_has_its_test() -> None:
    names = {
        path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".")
        for path in (ROOT / "rag" / "ui").rglob("*.py")
        if path.name != "__init__.py"
    }
    assert names - imported() == set(DOORS)
    assert [test for test in DOORS.values() if not (ROOT / "tests" / test).exists()] == []
