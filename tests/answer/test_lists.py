"""Questions for a list or a number of things, through Assistant.ask over documents with lists, tables and sections."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from index import build_index
from rag.answer.kinds.listing.outline import Outline
from rag.answer.kinds.listing.structures import Structure, structures
from rag.assistant import Assistant
from rag.schema import Answer, Document
from rag.settings import load_settings

CARE_HOME = """# Inspection of Larchfield Care Home, 14 March 2024

## Summary

The home cares for 38 residents, 22 of whom have dementia. The inspectors rated it Requires Improvement.

## What the home must do

The provider must take these steps by 30 June 2024:

- lock the medicine trolley whenever it is unattended;
- train all night staff in moving and handling;
- repair the call bells in rooms 4, 9 and 17 [3];
- review the care plan of every resident who has fallen since January.

## Falls

| Date | Resident | Place | Injury | Action |
|---|---|---|---|---|
| 3 January | Mrs A | Bathroom | Fractured hip | Sent to hospital |
| 9 January | Mr B | Bedroom | None | Observed |
| 21 January | Mrs C | Corridor | Bruise | First aid |
| 2 February | Mr B | Bedroom | None | Sensor mat fitted |
| 11 February | Mrs D | Bathroom | Cut to forehead | Sent to hospital |
| 27 February | Mr E | Garden | None | Observed |
| 5 March | Mrs A | Bedroom | None | Low bed provided |
"""
COUNCIL = """# Estley Parish Council: minutes of 6 June 2023

Councillors present: R. Amory (chair), J. Bhatt, L. Cole, S. Drury, P. Eames.

## 1. Open spaces

The council discussed the playground. Cllr Bhatt reported three broken swings.

## 2. Risks

Interest rates may rise. A new law on cladding is expected. The roof of the pavilion is old.

## 3. Complaints

| Subject | Received | Upheld |
|---|---|---|
| Damp and mould | 31 | 19 |
| Repairs late | 44 | 20 |
| Noise | 12 | 2 |
| Total | 87 | 41 |
"""
VISITS = {
    "Ashby": "Residents complained about damp in the flats and black mould on the north wall.",
    "Birley": "Three residents complained about the damp in their bathrooms.",
    "Corton": "A resident of the ground floor complained that damp had ruined her carpet.",
    "Denby": "Residents asked for a bench near the bus stop.",
}


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder: Path = tmp_path_factory.mktemp("lists")
    documents = {"care-home.md": CARE_HOME, "council.md": COUNCIL}
    for place, said in VISITS.items():
        documents[f"{place}.txt"] = f"Visit to {place}\n\nThe manager walked round {place} on a dry day. {said}\n"
    (folder / "docs").mkdir()
    for name, text in documents.items():
        (folder / "docs" / name).write_text(text)
    settings = load_settings(data_dir=folder / "data", cache_dir=folder / "cache", encoder_runtime="openvino")
    build_index([folder / "docs"], settings)
    with Assistant(settings) as opened:
        yield opened


def quotes(assistant: Assistant, answer: Answer) -> list[str]:
    for citation in answer.citations:
        assert assistant.document(citation.source).text[citation.start : citation.end] == citation.quote
    assert [m for sentence in answer.sentences for m in sentence.markers] == [c.marker for c in answer.citations]
    assert all(answer.text[s.start : s.end] == s.text for s in answer.sentences)
    return [citation.quote for citation in answer.citations]


def test_a_list_is_given_whole_with_a_citation_for_each_item(assistant: Assistant) -> None:
    answer = assistant.ask("What are all the steps that Larchfield must take by June 2024?")
    assert answer.status == "answered"
    assert [quote[:8] for quote in quotes(assistant, answer)] == ["• lock t", "• train ", "• repair", "• review"]
    assert "[3]; [3]" not in answer.text and "4, 9 and 17 (3);" in answer.text
    assert any("4 of 4 items" in note for note in answer.trace.notes)
    assert len(answer.passages) > 4 and answer.passages[0].source == "care-home.md"


def test_of_a_table_only_the_rows_are_given_that_have_the_value_of_the_question(assistant: Assistant) -> None:
    answer = assistant.ask("list all falls in the bathroom")
    assert [quote.split(" | ")[0] for quote in quotes(assistant, answer)] == ["3 January", "11 February"]
    assert answer.text.startswith("Date: 3 January; Resident: Mrs A; Place: Bathroom; Injury: Fractured hip;")
    assert any("2 of 7 rows" in note and "Place: Bathroom" in note for note in answer.trace.notes)


def test_rows_that_have_nothing_in_the_column_of_the_question_are_left_out(assistant: Assistant) -> None:
    answer = assistant.ask("every fall in which somebody was injured")
    assert [q.split(" | ")[0] for q in quotes(assistant, answer)] == ["3 January", "21 January", "11 February"]


def test_a_total_is_no_item(assistant: Assistant) -> None:
    answer = assistant.ask("list all subjects of complaints")
    assert [q.split(" | ")[0] for q in quotes(assistant, answer)] == ["Damp and mould", "Repairs late", "Noise"]


def test_a_section_of_prose_is_given_whole(assistant: Assistant) -> None:
    answer = assistant.ask("what are the risks")
    assert len(quotes(assistant, answer)) == 3 and "The roof of the pavilion is old. [3]" in answer.text


def test_where_a_sentence_names_them_all_it_is_quoted(assistant: Assistant) -> None:
    answer = assistant.ask("which councillors were present")
    assert answer.citations[0].quote.startswith("Councillors present: R. Amory")


@pytest.mark.parametrize(
    ("question", "number"),
    [("How many falls happened in the bathroom?", "2"), ("how many falls were there", "7")],
)
def test_rows_are_counted_and_each_is_cited(assistant: Assistant, question: str, number: str) -> None:
    answer = assistant.ask(question)
    assert (answer.status, answer.short) == ("answered", number)
    assert answer.text.startswith(f"Counted: {number} ") and len(quotes(assistant, answer)) == int(number)


@pytest.mark.parametrize(
    "question",
    [
        "how many complaints were upheld",  # stands in the cells of the table
        "how many falls happened in the kitchen",  # of no row
        "how many days does Mrs A have to stay in hospital",  # of something else
        "how many residents does the home care for",  # a sentence states it
    ],
)
def test_what_rows_do_not_show_is_not_counted(assistant: Assistant, question: str) -> None:
    assert not assistant.ask(question).text.startswith("Counted")


@pytest.mark.parametrize(
    "question",
    [
        "which medicines were stolen",
        "list every fire at the home",
        "all staff who were dismissed",
        "list all the flights",
    ],
)
def test_a_list_that_no_document_has_is_not_made_up(assistant: Assistant, question: str) -> None:
    assert assistant.ask(question).status in ("not_in_documents", "uncertain")


def test_over_several_documents_it_says_in_how_many_it_was_found(assistant: Assistant) -> None:
    answer = assistant.ask("all visits on which residents complained of damp")
    assert {c.source for c in answer.citations} == {"Ashby.txt", "Birley.txt", "Corton.txt"}
    assert "Found in 3 of 6 documents; read: all 6." in answer.trace.notes
    assert len(quotes(assistant, answer)) == 3


def found(text: str, *, pages: tuple[int, ...] = (), form: str = "list") -> list[Structure]:
    return [s for s in structures(Document("a.pdf", "A", text, pages)) if s.form == form]


def items(text: str, structure: Structure) -> list[str]:
    return [" ".join(text[start:end].split()) for start, end in structure.items]


def test_a_numbered_list_goes_on_over_a_page() -> None:
    page = "Safety audit\n3. Findings\nNo. What\n1 Railing too low by a hand\n2 Rope loose at the landing\n"
    head = "\nSafety audit page 2\n\nNo. What\n"
    rest = "3 Low lintel above the door\n4 Socket warm to the touch\n4. Costs\nWe estimate the costs later on.\n"
    text = f"{page}\n{head}{rest}"
    (one,) = found(text, pages=(0, len(page)))
    assert [item[0] for item in items(text, one)] == ["1", "2", "3", "4"]
    assert "page 2" not in " ".join(items(text, one))
    assert one.heading == "3. Findings"


def test_lines_with_references_of_one_shape_are_rows() -> None:
    text = (
        "2. Decisions\n23/01/FUL North Quay, masts\nGranted\n23/02/FUL Mill Lane, barn\nRefused\n\n3. Meetings\nNone.\n"
    )
    (one,) = found(text)
    assert items(text, one)[0] == "23/01/FUL North Quay, masts Granted"


def test_letters_are_a_list_and_a_year_is_not_an_item() -> None:
    text = (
        "We enclose:\n(a) the plan\n(b) the statement\n(c) the leaflet\n\nIn 2019 we wrote to you. 3 people replied.\n"
    )
    (one,) = found(text)
    assert items(text, one) == ["(a) the plan", "(b) the statement", "(c) the leaflet"]
    assert one.lead and text[slice(*one.lead)] == "We enclose:"


def test_numbered_headings_with_text_between_them_are_no_list() -> None:
    text = "1. Purpose\nThis paper says what we do in the year to come and why.\n2. Scope\nIt is for all staff.\n"
    assert found(text) == []
    assert [s.heading for s in found(text, form="section")] == ["1. Purpose", "2. Scope"]
    assert Outline(Document("a.pdf", "A", text)).heading(len(text) - 5) == "2. Scope"
