"""Nothing leaves this computer: every command, the page and the notebook run on a new machine under strace.

The environment is nearly empty, for some libraries send less where they find `CI` set. All runs but the first indexing
have telemetry, tracing and a proxy switched on, as a user may have them for another project.
"""

import asyncio
import json
import re
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from chatserver import ChatServer, serving
from watchkit import Watched, interrupt, python, watch, why_not

from eval.bench.clients import PageClient

ROOT = Path(__file__).parent.parent
RAG = python("from rag.cli import main; main()")
QUESTION = "what did the coroner conclude?"
EAGER = {
    "ANONYMIZED_TELEMETRY": "True", "GRADIO_ANALYTICS_ENABLED": "True", "HF_HUB_OFFLINE": "0",
    "HF_HUB_DISABLE_TELEMETRY": "0", "ORT_DISABLE_TELEMETRY": "0", "LANGSMITH_API_KEY": "none",
    "LANGSMITH_TRACING": "true", "LANGCHAIN_TRACING_V2": "true",
    "HTTP_PROXY": "http://192.0.2.1:3128", "HTTPS_PROXY": "http://192.0.2.1:3128", "ALL_PROXY": "http://192.0.2.1:3128",
}  # fmt: skip
CHAIN = f"""
from langchain_core.runnables import RunnableLambda
from rag import Assistant, load_settings
print((Assistant(load_settings()).as_retriever() | RunnableLambda(len)).invoke({QUESTION!r}), "passages")
"""
OURS = (".local/share/rag-assistant", ".cache/rag-assistant")
# a random salt that Gradio keeps beside its code, for the names of files in its cache; sent nowhere
SALT = "/site-packages/gradio/hash_seed.txt"
RUNS = [
    "first index", "index", "large files", "ask", "chat", "serve", "eval", "doctor", "sources", "notebook", "chain",
    "torch", "openai", "openai doctor", "ollama",
]  # fmt: skip

pytestmark = [pytest.mark.skipif(bool(why_not()), reason=why_not()), pytest.mark.timeout(900)]


@dataclass(frozen=True)
class Machine:
    """A user's home and temporary folder, both empty at first."""

    folder: Path

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def environment(self) -> dict[str, str]:
        bare = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "USER": "anna"}
        return bare | {"HOME": str(self.home), "TMPDIR": str(self.folder / "tmp"), "PYTHONPATH": str(ROOT)}

    def run(self, name: str, command: list[str], more: dict[str, str] = EAGER, **how: object) -> Watched:
        return watch(command, self.environment | more, self.trace(name), **how)  # type: ignore[arg-type]

    def trace(self, name: str) -> Path:
        return self.folder / f"{name}.trace"


@dataclass(frozen=True)
class Runs:
    """What each run did, and on which machine; `model`: the address of the model that three are connected to."""

    seen: dict[str, Watched]
    machine: Machine
    model: tuple[str, int]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Runs:
    machine = Machine(tmp_path_factory.mktemp("machine"))
    for name in ("home", "tmp"):
        (machine.folder / name).mkdir()
    reply = "Coroner Heidi Conner reported that Perry's mental health deteriorated [1]."
    with serving(ChatServer([reply])) as chat, ThreadPoolExecutor(2) as pool:
        first, apart = pool.submit(first_index, machine), pool.submit(apart_index, machine)
        first.result()
        several = [first, apart, pool.submit(writers, machine), pool.submit(readers, machine, chat.address)]
        seen = {name: run for found in several for name, run in found.result().items()}
    host, port = chat.address.removeprefix("http://").split(":")
    return Runs(seen, machine, (host, int(port)))


def first_index(machine: Machine) -> dict[str, Watched]:
    """The first indexing on this machine, which measures what is fastest; in an environment as most users have it."""
    return {"first index": machine.run("first index", [*RAG, "index", str(ROOT / "seeds")], {})}


def apart_index(machine: Machine) -> dict[str, Watched]:
    """A small index of its own, made on torch with sentence-transformers."""
    torch = {"RAG_ENCODER_RUNTIME": "torch", "RAG_DATA_DIR": str(machine.home / OURS[0] / "torch")}
    return {
        "torch": machine.run(
            "torch", [*RAG, "index", str(ROOT / "seeds" / "school-inspection-in-england.md")], EAGER | torch
        )
    }


def writers(machine: Machine) -> dict[str, Watched]:
    """The runs that write to the index, one after the other."""
    large = machine.folder / "large"
    large.mkdir()
    for number in range(2):  # enough to be read by processes of their own, and little of it text
        (large / f"{number}.html").write_text(f"<p>Gate {number} was painted.</p><!--{'x' * 600_000}-->")
    cells = json.loads((ROOT / "notebooks" / "quickstart.ipynb").read_text())["cells"]
    code = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    return {
        "index": machine.run("index", [*RAG, "index", str(ROOT / "seeds")]),
        "large files": machine.run("large files", [*RAG, "index", str(large)]),
        "serve": machine.run("serve", [*RAG, "serve", "--port", "0"], during=visit(machine.trace("serve"))),
        "notebook": machine.run("notebook", python(f"import os; os.chdir({str(ROOT / 'notebooks')!r})\n{code}")),
    }


def readers(machine: Machine, model: str) -> dict[str, Watched]:
    """The runs that only read the index."""
    openai = EAGER | {"RAG_CHAT_MODEL": "openai:m", "RAG_CHAT_BASE_URL": f"{model}/v1"}
    ollama = EAGER | {"RAG_CHAT_MODEL": "ollama:m", "RAG_CHAT_BASE_URL": model}
    report = str(machine.folder / "report.html")
    return {
        "ask": machine.run("ask", [*RAG, "ask", QUESTION]),
        "chat": machine.run("chat", [*RAG, "chat"], told=f"{QUESTION}\n"),
        "sources": machine.run("sources", [*RAG, "sources"]),
        "doctor": machine.run("doctor", [*RAG, "doctor"]),
        "eval": machine.run("eval", [*RAG, "eval", "--limit", "3", "--html", report]),
        "chain": machine.run("chain", python(CHAIN)),
        "openai": machine.run("openai", [*RAG, "ask", QUESTION], openai),
        "openai doctor": machine.run("openai doctor", [*RAG, "doctor"], openai),
        "ollama": machine.run("ollama", [*RAG, "chat"], ollama, told=f"{QUESTION}\n"),
    }


def visit(trace: Path) -> Callable[[subprocess.Popen[str]], None]:
    """Open the page and what it is made of, ask, upload a file, look at a drawn page of a PDF, and end it by Ctrl-C."""

    def there(process: subprocess.Popen[str]) -> None:
        assert process.stdout
        address = next(line.split()[1] for line in process.stdout if line.startswith("Open http"))
        with httpx.Client(base_url=address, headers={"origin": address}, timeout=60) as client:
            for part in re.findall(r'(?:src|href)="\.?(/(?:assets|ui)/[^"]+)"', client.get("/").text):
                client.get(part).raise_for_status()
            assert not asyncio.run(asked(address)).error
            client.put("/documents/note.txt", content=b"The gate of the orchard was painted green.").raise_for_status()
            while "data-busy" in (jobs := client.get("/jobs").text) or "note.txt" not in jobs:
                time.sleep(0.1)
            assert "indexed" in jobs
            drawn = {"name": "skerrow-point-safety-audit-2023.pdf", "number": 1}
            assert client.get("/page", params=drawn).headers["content-type"] == "image/jpeg"
        interrupt(trace)

    async def asked(address: str):
        page = PageClient(address)
        async with httpx.AsyncClient(headers=page.headers, timeout=60) as client:
            return await page.ask(client, QUESTION)

    return there


@pytest.mark.parametrize("name", RUNS)
def test_nothing_leaves_this_computer(name: str, runs: Runs) -> None:
    run = runs.seen[name]
    assert run.status == (130 if name == "serve" else 0), run.said
    assert run.beyond == []


@pytest.mark.parametrize(("name", "programs"), [("large files", 2), ("serve", 4)])
def test_the_processes_that_a_run_starts_are_watched_too(name: str, programs: int, runs: Runs) -> None:
    assert runs.seen[name].started >= programs  # one reads files; one indexes uploads, one draws pages


@pytest.mark.parametrize("name", RUNS)
def test_a_connected_model_is_all_that_is_called(name: str, runs: Runs) -> None:
    assert runs.seen[name].called == ({runs.model} if name.startswith(("openai", "ollama")) else set())


@pytest.mark.parametrize("name", RUNS)
def test_packages_with_telemetry_are_not_loaded(name: str, runs: Runs) -> None:
    for package in ("onnxruntime", "openvino_telemetry", "posthog"):
        assert runs.seen[name].loaded(package) == []
    assert name == "sources" or runs.seen[name].loaded("tokenizers") or runs.seen[name].loaded("torch")


@pytest.mark.parametrize("name", RUNS)
def test_files_are_made_in_our_folders_only(name: str, runs: Runs) -> None:
    ours = (*(f"{runs.machine.home / folder}/" for folder in OURS), f"{runs.machine.folder}/tmp/", "/dev/")
    made = {path for path in runs.seen[name].made if not path.startswith(ours) and "/__pycache__/" not in path}
    assert not {path for path in made if not path.endswith(SALT)} - {str(runs.machine.folder / "report.html")}


def test_nothing_else_is_left_behind(runs: Runs) -> None:
    home = runs.machine.home
    names = {path.relative_to(home).as_posix() for path in home.rglob("*")}
    assert not {name for name in names if not name.startswith(OURS)} - {".cache", ".local", ".local/share"}
    assert not [path for path in (runs.machine.folder / "tmp").rglob("*") if path.is_file()]


AWAY = {
    "a name": "socket.getaddrinfo('example.invalid', 80)",
    "a name that this machine knows": "socket.getaddrinfo('localhost', 80)",
    "a connection": "socket.create_connection(('192.0.2.1', 443), 0.1)",
    "a connection over IPv6": "socket.create_connection(('2001:db8::1', 443), 0.1)",
    "a packet": "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('192.0.2.1', 9))",
    "a resolver on this machine": "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect(('127.0.0.53', 53))",
    "a raw socket": "socket.socket(socket.AF_PACKET, socket.SOCK_RAW)",
    "a port that others reach": "socket.create_server(('0.0.0.0', 0))",
    "a process of its own": (
        "subprocess.run([sys.executable, '-c', \"import socket; socket.create_connection(('192.0.2.1', 443), 0.1)\"],"
        " start_new_session=True)"
    ),
}


@pytest.mark.parametrize("code", AWAY.values(), ids=AWAY)
def test_what_leaves_is_noticed(code: str, tmp_path: Path) -> None:
    script = f"import contextlib, socket, subprocess, sys\nwith contextlib.suppress(OSError): {code}"
    assert watch(python(script), {}, tmp_path / "trace").beyond


def test_what_is_loaded_made_and_called_here_is_noticed(tmp_path: Path) -> None:
    code = (
        "import pathlib, socket, sys, filelock; pathlib.Path(sys.argv[1]).write_text('id')\n"
        "with socket.create_server(('127.0.0.1', 0)) as server:\n"
        "    socket.create_connection(server.getsockname()); print(server.getsockname())"
    )
    made = tmp_path / "made"
    found = watch(python(code, str(made)), {"HOME": str(tmp_path)}, tmp_path / "trace")
    assert found.loaded("filelock")
    assert str(made) in found.made
    assert {str(address) for address in found.called} == {found.said.strip()}
    assert found.beyond == []
