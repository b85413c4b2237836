"""The Chroma collection keeps to itself: no foreign settings, no equal vectors, errors of one kind."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from indexkit import READER, python

from rag.errors import CollectionError
from rag.settings import Settings
from rag.store.chroma import Collection, with_noise

HERE = Path(__file__).parents[1]
VECTORS = np.eye(8, dtype=np.float32)


def test_vectors_are_added_found_replaced_and_deleted(tmp_path: Path) -> None:
    with Collection.open(tmp_path, create=True) as collection:
        collection.add(np.arange(1, 9), VECTORS)
        collection.add(np.arange(8, 9), VECTORS[7:])
        assert collection.count() == 8
        assert collection.search(VECTORS[2], 1)[0][0] == 3
        collection.delete([3, 99])
        assert collection.count() == 7
    with Collection.open(tmp_path) as again:
        assert {row for row, _ in again.search(VECTORS[2], 8)} == {1, 2, 4, 5, 6, 7, 8}


def test_what_chroma_raises_is_a_collection_error(tmp_path: Path) -> None:
    with pytest.raises(CollectionError, match="NotFoundError"):
        Collection.open(tmp_path)
    with Collection.open(tmp_path, create=True) as collection:
        collection.add(np.arange(1, 9), VECTORS)
        with pytest.raises(CollectionError, match="dimension"):
            collection.search(np.ones(3, np.float32), 1)


def test_noise_parts_equal_vectors_and_is_the_same_each_time() -> None:
    equal = np.tile(VECTORS[0], (3, 1))
    noisy = with_noise(np.array([4, 5, 6]), equal)
    assert len({vector.tobytes() for vector in noisy}) == 3
    assert np.array_equal(noisy, with_noise(np.array([4, 5, 6]), equal))
    assert np.allclose(noisy @ VECTORS[0], 1, atol=1e-5)
    assert noisy.dtype == np.float32


@pytest.mark.parametrize("line", [b"MIGRATIONS=none\nIS_PERSISTENT=maybe", b"\xff\xfe\x00 no text"])
def test_a_foreign_dotenv_and_environment_are_not_read(indexed: Settings, tmp_path: Path, line: bytes) -> None:
    cwd = tmp_path / "elsewHERE"
    cwd.mkdir()
    (cwd / ".env").write_bytes(line + f"\nPERSIST_DIRECTORY={cwd / 'evil'}\n".encode())
    foreign = {"MIGRATIONS": "none", "CHROMA_API_IMPL": "no.such.api", "IS_PERSISTENT": "maybe"}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", READER, str(tmp_path), "0"],
        input="\n", capture_output=True, text=True, cwd=cwd,
        env=os.environ | foreign | {"PYTHONPATH": f"{HERE.parent}{os.pathsep}{HERE}"}, check=False,
    )  # fmt: skip
    assert done.stdout == "8 True ''\n", done.stderr
    assert [path.name for path in cwd.iterdir()] == [".env"]


def test_importing_the_store_does_not_import_chromadb() -> None:
    code = "import sys, rag.store, index.build; print(sorted({'chromadb', 'torch', 'onnxruntime'} & set(sys.modules)))"
    with python(code) as process:
        assert process.communicate()[0] == "[]\n"
