from pathlib import Path

import pytest
from modelkit import save_model


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_model(tmp_path_factory.mktemp("encoder") / "tiny")
