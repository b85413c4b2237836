"""Comparisons of two versions of a document, through Assistant.ask over documents of a swimming pool and others."""

from collections.abc import Callable, Iterator

import pytest

from index import build_index
from rag.assistant import Assistant
from rag.models.runtimes import open_encoder
from rag.schema import Answer
from rag.settings import load_settings

OLD = """# Hire of the Tarn Hall

In force from 1 March 2018

## 1. Booking

1.1 The hall is booked with the warden, Petra Lund, at least 14 days before the day.

1.2 A booking is confirmed in writing.

1.3 A deposit of £20 is paid when the hall is booked.

## 2. Use of the kitchen

2.1 The kitchen may be used by every hirer. Crockery is washed and put away by the hirer.

2.2 Dogs are not allowed in the kitchen or in the hall.

## 3. Hours

| Day | Opens | Closes |
|---|---|---|
| Weekdays | 8:00 | 22:00 |
| Sundays | 10:00 | 18:00 |

## 4. Leaving

4.1 The hirer sweeps the floor and turns off the heating.

4.2 Bicycles are left in the rack behind the hall.

4.3 Windows are shut, and the key is put into the box beside the door.
"""
NEW = """# Hire of the Tarn Hall

In force from 1 March 2018

## 1. Booking

1.1 The hall is booked with the warden, Omar Haddad, at least 14 days before the day.

1.2 A booking is confirmed in writing.

1.3 A deposit of £35 is paid when the hall is booked.

## 2. Insurance

Hirers who sell food or drink show the warden a certificate of insurance.

## 3. Use of the kitchen

3.1 The kitchen may be used by every hirer. Crockery is washed and put away by the hirer.

3.2 Dogs are allowed in the kitchen or in the hall.

## 4. Hours

| Day | Opens | Closes |
|---|---|---|
| Weekdays | 8:00 | 22:00 |
| Sundays | 10:00 | 17:30 |

## 5. Leaving

5.1 The hirer sweeps the floor and turns off the heating.

5.2 Windows are shut, and the key is put into the box beside the door.
"""
RULES = """# Allotment rules {year}

Rents are due on {due}. The rent of a plot is {rent} a year. Water is turned off from November to March.

Bonfires are lit after sunset only, and never within ten metres of a shed. Hens may be kept, cockerels may not.

The gate is locked by whoever leaves last. Tools that are left on the paths are taken to the hut.
"""
MINUTES = """# Minutes of the {month} meeting

{first} spoke about the state of the {thing}. It was agreed to ask for three offers and to write to the council.

The treasurer reported a balance of {sum}. The next meeting takes place in the chapel of {place}.
"""
QUESTION = "what changed between the 2018 and the 2023 version of the hall hire rules?"
HALL = {
    "tarn-hall-hire-2018.md": OLD,
    "tarn-hall-hire-2023.md": NEW,
    "allotment-rules-2019.txt": RULES.format(year=2019, due="1 May", rent="£30"),
    "allotment-rules-2021.txt": RULES.format(year=2021, due="1 May", rent="£36"),
    "allotment-rules-2022.txt": RULES.format(year=2022, due="1 June", rent="£42"),
    "minutes-may.md": MINUTES.format(month="May", first="Ruth", thing="roof", sum="£480", place="Orrin"),
    "charter.md": "# A charter of 1611\n\nThe king grants the burgesses a market on Thursdays, and a fair at Whitsun.",
}
Opened = Callable[[dict[str, str]], Assistant]


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    """An assistant over files with these names and texts; all share their models."""
    made: list[Assistant] = []
    cache = tmp_path_factory.mktemp("cache")
    encoder = open_encoder(load_settings(cache_dir=cache, encoder_runtime="openvino"), None)

    def over(files: dict[str, str]) -> Assistant:
        folder = tmp_path_factory.mktemp("documents")
        for name, text in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text)
        settings = load_settings(data_dir=folder / "data", cache_dir=cache, encoder_runtime="openvino")
        build_index([folder / name for name in files], settings, encoder=encoder)
        made.append(Assistant(settings, encoder=encoder, like=made[0] if made else None))
        return made[-1]

    yield over
    for assistant in made:
        assistant.close()


@pytest.fixture(scope="module")
def hall(opened: Opened) -> Assistant:
    """Versions of two documents, and two that are no versions of anything."""
    return opened(HALL)


def _lines(answer: Answer) -> list[str]:
    return [line.rpartition(" [")[0] for line in answer.text.splitlines() if "“" in line]


def test_every_change_is_found_and_none_is_invented(hall: Assistant) -> None:
    answer = hall.ask(QUESTION)
    assert answer.status == "answered"
    assert _lines(answer) == [
        "2018: “1.1 The hall is booked with the warden, Petra Lund, at least 14 days before the day.”",
        "2023: “1.1 The hall is booked with the warden, Omar Haddad, at least 14 days before the day.”",
        "2018: “1.3 A deposit of £20 is paid when the hall is booked.”",
        "2023: “1.3 A deposit of £35 is paid when the hall is booked.”",
        "Only in 2023: “Hirers who sell food or drink show the warden a certificate of insurance.”",
        "2018: “2.2 Dogs are not allowed in the kitchen or in the hall.”",
        "2023: “3.2 Dogs are allowed in the kitchen or in the hall.”",
        "2018: “Sundays | 10:00 | 18:00”",
        "2023: “Sundays | 10:00 | 17:30”",
        "Only in 2018: “4.2 Bicycles are left in the rack behind the hall.”",
    ]
    assert "2023 is the newer" in answer.trace.notes[0]
    assert "4 were changed, 2 stand only in 2023, 1 only in 2018" in answer.trace.notes[1]


def test_each_side_is_cited_word_for_word_and_each_sentence_has_its_markers(hall: Assistant) -> None:
    answer = hall.ask(QUESTION)
    texts = {source: hall.document(source).text for source in {citation.source for citation in answer.citations}}
    assert sorted(texts) == ["tarn-hall-hire-2018.md", "tarn-hall-hire-2023.md"]
    assert all(texts[c.source][c.start : c.end] == c.quote for c in answer.citations)
    assert [c.marker for c in answer.citations] == list(range(1, len(answer.citations) + 1))
    for sentence in answer.sentences:
        assert answer.text[sentence.start : sentence.end] == sentence.text
        assert sentence.text.endswith("".join(f"[{marker}]" for marker in sentence.markers))
    assert {passage.source for passage in answer.passages} == set(texts)


@pytest.mark.parametrize(
    ("question", "lines"),
    [
        (
            "has the deposit changed since the old hire rules?",
            [
                "2018: “1.3 A deposit of £20 is paid when the hall is booked.”",
                "2023: “1.3 A deposit of £35 is paid when the hall is booked.”",
            ],
        ),
        (
            "has the rule on washing the crockery changed between the 2018 and the 2023 hire rules?",
            ["The same in both: “Crockery is washed and put away by the hirer.”"],
        ),
    ],
)
def test_a_question_about_a_subject_is_answered_about_that(hall: Assistant, question: str, lines: list[str]) -> None:
    answer = hall.ask(question)
    assert [line.split(" [")[0] for line in _lines(answer)] == lines
    assert "the subject of the question" in answer.trace.notes[2] or "is the same in both" in answer.trace.notes[2]


@pytest.mark.parametrize(
    ("question", "rents"),
    [
        ("what changed in the allotment rules between 2019 and 2021?", ("£30", "£36")),
        ("compare the allotment rules of 2021 with those of 2022", ("£36", "£42")),
        ("what has changed since the 2019 allotment rules?", ("£30", "£42")),
        ("what is different in the new allotment rules compared with the old ones?", ("£36", "£42")),
    ],
)
def test_of_three_versions_the_years_decide_else_the_newest_two(
    hall: Assistant, question: str, rents: tuple[str, str]
) -> None:
    answer = hall.ask(question)
    assert all(rent in answer.text for rent in rents)
    assert len({citation.source for citation in answer.citations}) == 2
    assert any("More versions are indexed (1)" in note for note in answer.trace.notes)


def test_a_version_that_is_not_there_is_not_compared(hall: Assistant) -> None:
    answer = hall.ask("what changed in the allotment rules between 2016 and 2021?")
    assert not any("Compared" in note for note in answer.trace.notes)


@pytest.mark.parametrize(
    "question",
    [
        "how does the charter differ from the minutes of may?",
        "how did the harvest of wheat change between the two wars?",
        "what changed in the parking charges between 2018 and 2023",
    ],
)
def test_documents_that_are_no_versions_are_not_compared(hall: Assistant, question: str) -> None:
    answer = hall.ask(question)
    assert answer.trace.kind == "comparison"
    assert not any("Compared" in note for note in answer.trace.notes)


def test_two_documents_that_the_user_chose_are_compared_whatever_they_are_called(opened: Opened) -> None:
    files = {"scan0041.md": OLD, "for-signature.md": NEW, "tarn-hall-hire-2011.md": OLD.replace("£20", "£15")}
    answer = opened(files).ask("what is different in the new rules?", sources=["scan0041.md", "for-signature.md"])
    assert "Only in for signature: “Hirers who sell food" in answer.text
    assert "£15" not in answer.text
    assert "neither name nor date tells which is newer" in answer.trace.notes[0]


def test_a_word_of_the_question_may_tell_two_versions_apart(opened: Opened) -> None:
    files = {"lease draft.md": OLD, "lease signed.md": NEW, "lease of the mill.md": OLD.replace("£20", "£15")}
    answer = opened(files).ask("how does the signed lease differ from the draft?")
    assert "draft: “1.3 A deposit of £20" in answer.text
    assert "signed: “1.3 A deposit of £35" in answer.text


def test_identical_documents_are_said_to_be_the_same(opened: Opened) -> None:
    files = {"hall-hire-v1.md": OLD, "hall-hire-v2.md": OLD.replace("## 2. Use", "## 2 Use")}
    answer = opened(files).ask("what changed between v1 and v2 of the hall hire rules?")
    assert answer.status == "answered"
    assert answer.text.startswith("No difference was found")
    assert {citation.source for citation in answer.citations} == set(files)


def test_the_same_files_give_the_same_answer_however_many_others_there_are(hall: Assistant, opened: Opened) -> None:
    others = {
        f"minutes/{month}-{year}.md": MINUTES.format(
            month=month, first="Ann", thing="hall", sum=f"£{year}", place="Orrin"
        )
        for month in ("January", "March", "June", "August")
        for year in range(2015, 2024)
    }
    others |= {f"reports/{n}.md": f"# Report on the hall\n\nCase {n} was heard in {1950 + n}." for n in range(60)}
    answer = opened({"tarn-hall-hire-2018.md": OLD, "tarn-hall-hire-2023.md": NEW, **others}).ask(QUESTION)
    assert answer.text == hall.ask(QUESTION).text


def test_a_section_that_lists_the_changes_is_quoted_first(opened: Opened) -> None:
    said = NEW + "\n## 6. Changes since the rules of 2018\n\n- A higher deposit.\n- A new warden.\n"
    answer = opened({"tarn-hall-hire-2018.md": OLD, "tarn-hall-hire-2023.md": said}).ask(QUESTION)
    first = "2023, 6. Changes since the rules of 2018:\n“A higher deposit.” [1]\n“A new warden.” [2]\n"
    assert answer.text.startswith(first)
    assert "“Sundays | 10:00 | 17:30”" in answer.text


def test_a_bracketed_number_in_a_document_is_no_marker(opened: Opened) -> None:
    new = NEW.replace("A deposit of", "A deposit [44] of").replace("## 2. Insurance", "## 2. Insurance [45]")
    answer = opened({"tarn-hall-hire-2018.md": OLD, "tarn-hall-hire-2023.md": new}).ask(QUESTION)
    assert "A deposit (44) of £35" in answer.text
    assert "2. Insurance (45):" in answer.text
    assert "[44]" not in answer.text


def test_of_many_changes_some_of_every_section_are_shown_and_the_rest_is_counted(opened: Opened) -> None:
    def manual(year: int, days: int) -> str:
        rules = "\n\n".join(
            f"## {n}. The {place}\n\n"
            + " ".join(
                f"Whoever asks for the {thing} of the {place} waits {days + n} days and signs the book of the porter."
                for thing in ("key", "lamp", "rope", "plan")
            )
            for n, place in enumerate(("mill", "weir", "barn", "quay", "kiln", "forge"), 1)
        )
        return f"# Estate manual {year}\n\n{rules}"

    assistant = opened({"estate-manual-2001.md": manual(2001, 10), "estate-manual-2004.md": manual(2004, 30)})
    answer = assistant.ask("what changed between the 2001 and the 2004 estate manual?")
    assert all(f"The {place}:" in answer.text for place in ("mill", "weir", "barn", "quay", "kiln", "forge"))
    assert len(answer.text.split()) < 500
    shown = len(answer.citations) // 2
    assert any(f"Not shown: {24 - shown} more of the changes" in note for note in answer.trace.notes)
    every = assistant.ask("compare the 2001 and the 2004 estate manual and list all changes")
    assert len(every.citations) == 48


def test_every_changed_section_of_the_shipped_policies_is_found_and_none_is_invented(seeds: Assistant) -> None:
    sources = ["marlhaven-inspection-day-policy-2019.md", "marlhaven-inspection-day-policy-2022.docx"]
    changed = [
        "1. Purpose", "2. Scope", "3. When notice arrives", "4. The evening before", "5. The days of the visit",
        "6. Timetable at a glance", "7. Provisional results", "8. After the visit", "9. Complaints", "10. Training",
        "11. Where to get help",
    ]  # fmt: skip
    short = seeds.ask("what changed between the 2019 and the 2022 policy?")
    assert [line[:-1] for line in short.text.splitlines() if line[:-1] in changed] == changed
    every = seeds.ask("compare the 2019 and the 2022 policy and list all changes")
    words = {source: " ".join(seeds.document(source).text.split()) for source in sources}
    for citation in every.citations:
        other = words[sources[1 - sources.index(citation.source)]]
        assert " ".join(citation.quote.split()) not in other
    quoted = " ".join(citation.quote for citation in every.citations)
    for told in (
        "20:00",
        "18:30",
        "£1,200",
        "£1,850",
        "12 months",
        "24 months",
        "60 minutes",
        "once a year",
        "Ines Calloway",
    ):
        assert told in quoted
    assert "eleven hours of rest" not in quoted
    assert "quiet room" not in quoted
