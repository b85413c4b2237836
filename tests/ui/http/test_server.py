"""The server behind the page: what it lets in, what it hands out, and what a page from it may do."""

import io
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import docx
import httpx
import pytest
from answerkit import answer
from indexkit import build, settings
from pagekit import page
from starlette.testclient import TestClient

from rag.errors import ConfigError
from rag.settings import Settings
from rag.store.conversations import Conversations
from rag.ui import serve


def shelf(folder: Path) -> Path:
    (folder / "docs").mkdir()
    (folder / "docs" / "a.txt").write_text("The gate was painted green. Nobody saw it.")
    return folder / "docs"


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[TestClient, str]]:
    folder = tmp_path_factory.mktemp("server")
    where = settings(folder, rerank_top_k=0)
    build(shelf(folder), into=where)
    with Conversations(where.data_dir) as conversations:
        key = conversations.create("")
        conversations.append(key, "", answer())
    with page(where) as client:
        yield client, key


@pytest.fixture
def client(kept: tuple[TestClient, str]) -> TestClient:
    return kept[0]


def policy(client: TestClient, path: str) -> dict[str, list[str]]:
    parts = client.get(path).headers["content-security-policy"].split(";")
    return {name: values for name, *values in map(str.split, parts)}


def test_a_page_may_load_and_send_nothing_elsewhere(client: TestClient) -> None:
    found = policy(client, "/")
    assert found["default-src"] == found["connect-src"] == ["'self'"]
    assert found["img-src"] == ["'self'", "data:", "blob:"]
    assert found["object-src"] == found["base-uri"] == found["frame-ancestors"] == ["'none'"]


def test_no_inline_script_runs_but_those_of_gradios_own_page(client: TestClient) -> None:
    for path in ("/", "/source?name=a.txt", "/documents"):
        assert "'unsafe-inline'" not in policy(client, path)["script-src"]
    assert any(value.startswith("'sha256-") for value in policy(client, "/")["script-src"])
    assert policy(client, "/source?name=a.txt")["script-src"] == ["'self'", "'unsafe-eval'"]


def test_another_name_for_this_computer_is_refused(client: TestClient) -> None:
    assert client.get("/", headers={"host": "attacker.example"}).status_code == 403
    for host in ("localhost:7860", "[::1]:7860"):
        assert client.get("/", headers={"host": host, "origin": f"http://{host}"}).status_code == 200


def test_a_document_opens_at_a_place(client: TestClient) -> None:
    page = client.get("/source?name=a.txt&start=4&end=8")
    assert '<mark class="cited">gate</mark>' in page.text
    assert page.text.startswith("<!doctype html>")
    assert client.get("/source?name=a.txt", headers={"x-pane": "1"}).text.startswith("<div")


@pytest.mark.parametrize("name", ["b.txt", "../a.txt", "/etc/passwd", "<script>alert(1)</script>"])
def test_a_document_that_is_not_indexed_is_not_found(client: TestClient, name: str) -> None:
    page = client.get("/source", params={"name": name})
    assert page.status_code == 404
    assert "<script>alert" not in page.text


def test_an_answer_and_a_conversation_can_be_taken_away(kept: tuple[TestClient, str]) -> None:
    client, key = kept
    written = client.get(f"/export/{key}.md")
    assert "[^1]:" in written.text
    assert "attachment" in written.headers["content-disposition"]
    document = docx.Document(io.BytesIO(client.get(f"/export/{key}/1.docx").content))
    assert any("When did the park open?" in paragraph.text for paragraph in document.paragraphs)
    assert client.get(f"/export/{key}.json").json()["answers"][0]["short"] == "3 May 1902"
    assert "[1] park.pdf" in client.get(f"/export/{key}/1.txt").text


@pytest.mark.parametrize(
    "path", ["/export/nothing.md", "/export/nothing/1.md", "/inspect/nothing/1", "/ui/server.py", "/ui/..%2fguard.py"]
)
def test_what_is_not_there_is_not_found(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_how_an_answer_was_found_is_shown(kept: tuple[TestClient, str]) -> None:
    page = kept[0].get(f"/inspect/{kept[1]}/1").text
    assert "all three" in page
    assert "0123456789abcdef" in page


def test_passages_are_found_without_an_answer(client: TestClient) -> None:
    assert "The gate was painted green." in client.get("/search?q=green gate").text


def test_documents_are_listed_and_chosen_from(client: TestClient) -> None:
    assert "a.txt" in client.get("/documents").text
    assert "a.txt" in client.get("/choices?q=gate").text
    assert "a.txt" not in client.get("/choices?q=lighthouse").text


def test_a_taken_port_names_the_next_step(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigError, match=f"--port {port + 1}"):
            serve(settings(tmp_path), port=port)


@pytest.mark.parametrize("wrong", [["--host", "0.0.0.0"], ["--port", "PORT"], ["--port", "0", "MODEL"]])
def test_what_is_wrong_is_said_before_anything_heavy_is_imported(wrong: list[str], tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        arguments = [str(taken.getsockname()[1]) if word == "PORT" else word for word in wrong if word != "MODEL"]
        code = "import sys\ntry:\n from rag.cli import main\n main(sys.argv[1:])\nfinally:\n print(*sys.modules)"
        environment = (
            os.environ | {"RAG_DATA_DIR": str(tmp_path)} | ({"RAG_CHAT_MODEL": "x"} if "MODEL" in wrong else {})
        )
        done = subprocess.run(
            [sys.executable, "-c", code, "serve", *arguments],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr.startswith("rag: ")
    assert not {"gradio", "openvino", "langchain_core", "uvicorn"} & set(done.stdout.split())


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_stopping_right_after_the_page_opened_is_no_crash(seeds_settings: Settings) -> None:
    environment = os.environ | {
        "RAG_DATA_DIR": str(seeds_settings.data_dir),
        "RAG_CACHE_DIR": str(seeds_settings.cache_dir),
    }
    command = [sys.executable, "-c", "from rag.cli import main; main(['serve', '--port', '0'])"]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        address = process.stdout.readline().split()[1]
        assert httpx.get(address, timeout=60, trust_env=False).status_code == 200  # it waits in the open port
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert said == "Starting the page ...\nrag: stopped; finished work is kept\n"


def test_other_machines_are_not_let_in_without_users(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="rag user add"):
        serve(settings(tmp_path), host="0.0.0.0", port=0)
