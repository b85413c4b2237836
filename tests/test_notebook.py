"""The notebook runs from top to bottom."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from rag.settings import Settings

NOTEBOOK = Path(__file__).parent.parent / "notebooks" / "quickstart.ipynb"


@pytest.mark.filterwarnings("ignore")  # those of the Jupyter packages are not ours
def test_quickstart_runs(seeds_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAG_DATA_DIR", str(seeds_settings.data_dir))
    monkeypatch.setenv("RAG_CACHE_DIR", str(seeds_settings.cache_dir))
    monkeypatch.setenv("RAG_ENCODER_RUNTIME", "openvino")
    monkeypatch.setenv("PYTHONPATH", str(NOTEBOOK.parent.parent))
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    NotebookClient(notebook, timeout=240, resources={"metadata": {"path": str(NOTEBOOK.parent)}}).execute()
    shown = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    pages = [output["data"]["text/html"] for output in shown if "text/html" in output.get("data", {})]
    assert any("ofsted-perry-inquest.txt" in page for page in pages)
    assert "True" in [output["data"].get("text/plain") for output in shown if "data" in output]
