"""One question, every document, on the page: asked, watched, sorted, filtered, stopped and taken away as a file."""

import csv
import time
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from answerkit import answer
from files import written
from indexkit import ENCODER, build, settings
from pagekit import PASSWORD, page, person, running, visitor
from starlette.testclient import TestClient
from tablekit import FAILED, PARK, row, table

from rag.store.users import add_user
from rag.ui.http.server import create_app
from rag.ui.tables import TableJob
from rag.ui.views.table import MAX_ROWS, Order, rows

LOGS = {
    "a.txt": "Mara Ellison keeps the lamp of <b>Fen Rock</b>.",
    "b.txt": "Jon Birk keeps the lamp of Gull Point.",
    "c.txt": "Una Reed keeps the lamp of Oar Head.",
}
QUESTION = "who keeps the lamp"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    folder: Path = tmp_path_factory.mktemp("page")
    written(folder / "docs", LOGS)
    where = settings(folder, rerank_top_k=0, answer_threshold=0.0, uncertain_threshold=0.0)
    build(folder / "docs", into=where)
    with page(where) as opened:
        yield opened


def filled(client: TestClient, *questions: str) -> str:
    """The rows of a table, when it is complete."""
    fields = {f"q{number}": question for number, question in enumerate(questions, 1)}
    assert client.post("/table", data=fields, headers={"x-pane": "1"}).status_code == 202
    until = time.monotonic() + 60
    while "data-busy" in (shown := client.get("/table/rows", headers={"x-pane": "1"}).text):
        assert time.monotonic() < until
        time.sleep(0.05)
    return shown


def test_every_document_answers_with_a_link_to_its_words(client: TestClient) -> None:
    shown = filled(client, QUESTION, "", "where is the lamp")
    assert "Complete: 6 of 6 cells" in shown
    assert "Jon Birk keeps the lamp of Gull Point." in shown
    assert "<b>Fen Rock" not in shown and "&lt;b&gt;Fen Rock" in shown
    assert 'href="/source?name=b.txt&amp;start=0&amp;end=38&amp;check=' in shown
    whole = client.get("/table").text
    assert f'value="{QUESTION}"' in whole and "Una Reed" in whole and "/ui/table.js" in whole


def test_rows_are_sorted_and_filtered(client: TestClient) -> None:
    filled(client, QUESTION)
    down = client.get("/table/rows", params={"column": 0, "down": True}).text
    assert down.index("Una Reed") < down.index("Mara Ellison") < down.index("Jon Birk")
    assert 'aria-sort="descending"' in down
    some = client.get("/table/rows", params={"q": "birk GULL"}).text
    assert "Jon Birk" in some and "Una Reed" not in some
    assert "No row has these words" in client.get("/table/rows", params={"q": "zebra"}).text


def test_the_table_is_taken_away_as_a_file(client: TestClient) -> None:
    filled(client, QUESTION)
    got = client.get("/table/answers.csv")
    assert got.headers["content-disposition"] == 'attachment; filename="answers.csv"'
    lines = list(csv.DictReader(StringIO(got.content.decode("utf-8-sig"), newline="")))
    assert [line["source"] for line in lines] == list(LOGS)
    assert client.get("/table/answers.xlsx").content.startswith(b"PK")
    assert "Una Reed" in client.get("/table/answers.html").text
    assert client.get("/table/answers.exe").status_code == 404


def test_what_cannot_be_asked_is_said(client: TestClient) -> None:
    refused = client.post("/table", data={"q1": " "})
    assert (refused.status_code, "give at least one question" in refused.text) == (422, True)
    assert client.post("/table", data={"q1": "x" * 2001}).status_code == 422
    assert client.post("/table", data={"q1": QUESTION, "model": "openai:dear"}).status_code == 422


def test_a_table_can_be_stopped_and_asked_again(client: TestClient) -> None:
    client.post("/table", data={"q1": "what is the lamp", "q2": "who is Mara", "q3": "who is Jon"})
    assert client.delete("/table").status_code == 202
    until = time.monotonic() + 60
    while "data-busy" in (shown := client.get("/table/rows").text):
        assert time.monotonic() < until
    assert "ask again to go on from there" in shown
    assert "Complete: 9 of 9" in filled(client, "what is the lamp", "who is Mara", "who is Jon")


def test_another_site_cannot_start_one(client: TestClient) -> None:
    assert client.post("/table", data={"q1": "x"}, headers={"origin": "http://evil.example"}).status_code == 403


def job(of: object = PARK) -> TableJob:
    return TableJob(PARK.questions, "", of, "done")  # type: ignore[arg-type]


def test_uncertain_failed_and_empty_cells_are_told_apart() -> None:
    shown = rows(job(), Order())
    assert '<td class="failed" title="the model did not answer">(failed)</td>' in shown
    assert shown.count('class="unsure"') == 1
    assert "<td></td>" in shown
    assert "1 failed, ask again" in shown


def test_numbers_are_sorted_as_numbers_and_empty_cells_stay_at_the_end() -> None:
    days = [row(f"{day}.txt", answer(short=f"{day} May")) for day in (10, 9, 101)]
    of = table(row("none.txt", FAILED), *days, questions=("When?",))
    for down, wanted in ((False, ["9", "10", "101", "none"]), (True, ["101", "10", "9", "none"])):
        shown = rows(job(of), Order(0, down))
        at = [shown.index(f"<small>{name}.txt") for name in wanted]
        assert at == sorted(at)


def test_more_rows_than_a_browser_shows_at_once_are_counted() -> None:
    of = table(*(row(f"{n}.txt", answer()) for n in range(MAX_ROWS + 7)), questions=("When?",))
    assert "and 7 more" in rows(job(of), Order())


def test_a_table_is_its_owners_alone(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.txt").write_text(LOGS["a.txt"])
    at = settings(tmp_path, rerank_top_k=0, auth=tmp_path / "users")
    for name in ("ann", "bob"):
        add_user(tmp_path / "users", name, PASSWORD)
    build(tmp_path / "docs", into=at)
    with running(create_app(at, encoder=ENCODER)) as address:
        with person(address, "ann") as ann, person(address, "bob") as bob:
            assert ann.post("/table", data={"q1": QUESTION}).headers["location"] == "/table"
            assert QUESTION in ann.get("/table").text
            assert QUESTION not in bob.get("/table").text
            assert bob.get("/table/answers.csv").status_code == 404
        with visitor(address) as stranger:
            assert stranger.get("/table").status_code == 401
