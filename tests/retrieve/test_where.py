"""`where`: which documents are searched, by date, type and folder, through Assistant.ask."""

from collections.abc import Iterator

import pytest
from files import written

from index import build_index
from rag.assistant import Assistant
from rag.errors import ConfigError, SourceMissing
from rag.models.hash_encoder import HashEncoder
from rag.settings import load_settings

KILN = "The kiln was fired at {} degrees.\n"
FILES = {
    "letters/2019-04-03-kiln.txt": KILN.format(900),
    "letters/kiln-2021.txt": KILN.format(910),
    "reports/kiln.md": f"---\ntitle: Kiln\ndate: 2022-06-30\n---\n\n{KILN.format(920)}",
    "reports/old/scan_20170211.md": f"---\ntitle: Scan of 4 May 1999\ndate: 2023-01-01\n---\n\n{KILN.format(930)}",
    "reports/notes.html": f"<title>Minutes, May 2020</title><p>{KILN.format(940)}</p>",
    "kiln.txt": KILN.format(950),
}


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("where")
    written(folder / "files", FILES)
    settings = load_settings(data_dir=folder / "data", cache_dir=folder / "cache", rerank_top_k=0)
    build_index([folder / "files"], settings, encoder=HashEncoder())
    with Assistant(settings, encoder=HashEncoder()) as opened:
        yield opened


def read(assistant: Assistant, where: dict[str, str], sources: list[str] | None = None) -> set[str]:
    answer = assistant.ask("kiln degrees", sources=sources, where=where)
    return {passage.source for passage in answer.passages}


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ({"type": "md"}, {"reports/kiln.md", "reports/old/scan_20170211.md"}),
        ({"type": ".HTML"}, {"reports/notes.html"}),
        ({"folder": "letters"}, {"letters/2019-04-03-kiln.txt", "letters/kiln-2021.txt"}),
        ({"folder": "reports/"}, {"reports/kiln.md", "reports/notes.html", "reports/old/scan_20170211.md"}),
        ({"folder": "reports/old"}, {"reports/old/scan_20170211.md"}),
        ({"after": "2022-06-30"}, {"reports/kiln.md"}),
        ({"before": "2019-04-03"}, {"letters/2019-04-03-kiln.txt", "reports/old/scan_20170211.md"}),
        ({"after": "2020-05-31", "before": "2021-02-01"}, {"reports/notes.html", "letters/kiln-2021.txt"}),
        ({"after": "2000-01-01", "type": "txt"}, {"letters/2019-04-03-kiln.txt", "letters/kiln-2021.txt"}),
        ({}, set(FILES)),
    ],
)
def test_documents_are_searched_by_their_date_type_and_folder(
    assistant: Assistant, where: dict[str, str], expected: set[str]
) -> None:
    assert read(assistant, where) == expected


def test_it_narrows_the_sources_that_are_named(assistant: Assistant) -> None:
    assert read(assistant, {"type": "txt"}, ["kiln.txt", "reports/kiln.md"]) == {"kiln.txt"}


def test_documents_without_a_date_are_counted_where_dates_are_asked_for(assistant: Assistant) -> None:
    said = "1 of the 6 documents have no date and were left out."
    assert said in assistant.ask("kiln degrees", where={"after": "1990-01-01"}).trace.notes
    assert said not in assistant.ask("kiln degrees", where={"type": "txt"}).trace.notes


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ({"author": "Lowe"}, "unknown key 'author' in where: use after, before, type or folder"),
        ({"after": "last May"}, "after in where is no date: 'last May'; write it as 2022-01-31"),
        ({"before": "2022-13-01"}, "'2022-13-01'"),
        ({"before": "2020-01-01", "after": "2021-01-01"}, "swap the two"),
        ({"type": " "}, "type in where is empty"),
    ],
)
def test_what_is_no_filter_is_an_error_that_says_what_to_write(
    assistant: Assistant, where: dict[str, str], said: str
) -> None:
    with pytest.raises(ConfigError) as raised:
        assistant.ask("kiln degrees", where=where)
    assert said in str(raised.value)


def test_a_filter_that_no_document_passes_is_an_error(assistant: Assistant) -> None:
    with pytest.raises(SourceMissing, match=r"no document matches where=\{'after': '2030-01-01'\}.*1 of the 6"):
        assistant.ask("kiln degrees", where={"after": "2030-01-01"})


@pytest.mark.parametrize(
    ("sources", "where", "said"),
    [
        (None, {"type": "md", "folder": "reports"}, "2 of 6 documents: of type md, in folder reports."),
        (
            None,
            {"after": "2021-01-01", "before": "2021-12-31"},
            "1 of 6 documents: dated 2021-01-01 or later, dated 2021",
        ),
        (["kiln.txt", "reports/kiln.md"], {}, "2 of 6 documents: kiln.txt, reports/kiln.md."),
        (["kiln.txt", "reports/kiln.md"], {"type": "txt"}, "1 of 6 documents: kiln.txt, reports/kiln.md; of type txt."),
        (sorted(FILES)[:5], {}, "5 of 6 documents: 5 that were chosen."),
    ],
)
def test_an_answer_says_what_it_was_restricted_to(
    assistant: Assistant, sources: list[str] | None, where: dict[str, str], said: str
) -> None:
    answer = assistant.ask("kiln degrees", sources=sources, where=where)
    assert any(note.startswith(f"Searched only {said}") for note in answer.trace.notes)
    assert not any("Searched only" in note for note in assistant.ask("kiln degrees").trace.notes)
