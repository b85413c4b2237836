"""Settings: their names, and the old ones that still work."""

import warnings
from pathlib import Path

import pytest
from typer.testing import CliRunner

import rag
from rag.cli import app
from rag.settings import RENAMED, Settings, load_settings

OLD = {"candidates": 50, "reader_windows": 3, "passages": 11, "threshold": 0.5, "unsupported": "withdraw"}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def loaded(**overrides: object) -> tuple[Settings, list[str]]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        settings = load_settings(**overrides)
    assert {warning.category for warning in caught} <= {FutureWarning}
    return settings, [str(warning.message) for warning in caught]


def test_the_old_name_of_load_settings_works_and_warns() -> None:
    with pytest.warns(DeprecationWarning, match="rag.load is now rag.load_settings"):
        load = rag.load
    assert load is rag.load_settings


def test_every_renamed_setting_is_tried_here() -> None:
    assert OLD.keys() == RENAMED.keys()


@pytest.mark.parametrize(("old", "value"), OLD.items())
def test_an_old_name_works_everywhere_and_says_the_new_one(
    old: str, value: object, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = RENAMED[old]
    found, said = loaded(**{old: value})
    assert getattr(found, new) == value
    assert said == [
        f"setting {old!r} in an argument is called {new!r} now; the old name works until version 0.3: rename it"
    ]
    (folder / "rag.toml").write_text(f"{old} = {value!r}\n")
    found, said = loaded()
    assert getattr(found, new) == value
    assert len(said) == 1 and "rag.toml" in said[0] and repr(new) in said[0]
    (folder / "rag.toml").unlink()
    monkeypatch.setenv(f"RAG_{old.upper()}", str(value))
    found, said = loaded()
    assert getattr(found, new) == value
    assert len(said) == 1 and f"RAG_{new.upper()}" in said[0]


def test_the_new_name_wins_over_the_old_one_and_that_is_said(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAG_PASSAGES", "11")
    monkeypatch.setenv("RAG_TOP_K", "13")
    found, (said,) = loaded()
    assert found.top_k == 13
    assert "'RAG_PASSAGES' in the environment is ignored" in said and "remove 'RAG_PASSAGES'" in said
    found, said_of_both = loaded(passages=14, top_k=15)
    assert found.top_k == 15
    assert len(said_of_both) == 2


def test_an_old_variable_wins_over_a_new_name_in_rag_toml(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "rag.toml").write_text("top_k = 20\n")
    monkeypatch.setenv("RAG_PASSAGES", "11")
    assert loaded()[0].top_k == 11


def test_the_command_line_says_it_in_one_line(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAG_READER_WINDOWS", "0")
    found = CliRunner().invoke(app, ["sources"])
    assert found.stderr.splitlines()[0] == (
        "rag: setting 'RAG_READER_WINDOWS' in the environment is called 'RAG_RERANK_TOP_K' now; "
        "the old name works until version 0.3: rename it"
    )


def test_the_doctor_says_it_too(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAG_READER_WINDOWS", "0")
    lines = CliRunner().invoke(app, ["doctor"]).stdout.splitlines()
    assert [line for line in lines if "'RAG_RERANK_TOP_K' now" in line]
    assert [line for line in lines if "switched off by RAG_RERANK_TOP_K=0" in line]


def test_an_old_name_with_a_wrong_value_is_an_error(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAG_PASSAGES", "x")
    with pytest.raises(rag.RagError, match="'top_k' cannot be 'x'"):
        load_settings()


def test_the_digest_of_the_defaults_is_the_same_everywhere() -> None:
    assert load_settings().digest() == "c1897b06ba51a89c"


def test_a_lower_answer_threshold_alone_is_no_error() -> None:
    assert load_settings(answer_threshold=0.2).uncertain_threshold == 0.45


def test_an_uncertain_threshold_above_the_other_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAG_UNCERTAIN_THRESHOLD", "0.7")
    said = r"'uncertain_threshold' cannot be '0.7': it is above 'answer_threshold' \(0.6\)"
    with pytest.raises(rag.RagError, match=said):
        load_settings()
