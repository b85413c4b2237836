"""For all tests: no connection leaves this machine, no setting of the user's is read, and seeds/ is indexed once."""

import ipaddress
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from index import build_index
from rag.assistant import Assistant
from rag.settings import Settings, load_settings

SEEDS = Path(__file__).parent.parent / "seeds"
_connect = socket.socket.connect


def _guarded(self: socket.socket, address: object) -> None:
    if self.family in (socket.AF_INET, socket.AF_INET6) and not _loopback(str(address[0])):  # type: ignore[index]
        raise AssertionError(f"a test tried to reach {address!r}; tests stay on this machine")
    _connect(self, address)  # type: ignore[arg-type]


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


socket.socket.connect = _guarded  # type: ignore[method-assign, assignment]


@pytest.fixture(autouse=True)
def _own_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [n for n in os.environ if n.startswith(("RAG_", "LANGSMITH_", "LANGCHAIN_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("RAG_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("RAG_CACHE_DIR", str(tmp_path / "cache"))


@pytest.fixture(scope="session")
def seeds_settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of an index of seeds/, made once with the real encoder."""
    folder = tmp_path_factory.mktemp("seeds")
    settings = load_settings(data_dir=folder / "data", cache_dir=folder / "cache", encoder_runtime="openvino")
    build_index([SEEDS], settings)
    return settings


@pytest.fixture(scope="session")
def seeds(seeds_settings: Settings) -> Iterator[Assistant]:
    """An assistant over seeds/."""
    with Assistant(seeds_settings) as assistant:
        yield assistant
