"""Sentences: units that a reader would point at, for prose, lists, headings, pages and tables."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.text.sentences import lines, sentences


def split(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences(text)]


@pytest.mark.parametrize(
    "text",
    [
        "Dr. Smith saw Mr J. R. Jones (No. 7) of the U.S. Army at 5 p.m. Monday.|Then he left.",
        "It cost $3.5 million, e.g. a lot, on 12.3.2019.|He paid.",
        "He was told No.|The answer stood.",
        "He said “I am late.”|Then he left.",
        '"Stop!" she said.|Nobody did.',
        "Is it true?|Yes!|The end...|Or not?",
        "It ended in 1994.|March was cold.",
        "He came on 3. May 2019.|It rained.",
        "See para. 12 and Reg. 28, s. 5.|The rest is law.",
        "Apple Inc. said so.|Apple Inc.|It did.",
        "by W. E. B. Du Bois and J. A. Hobson.|More follows.",
        "He has MS.|She saw Ms. Brown of Trinity-St. Paul's.",
        "It was lit.|Tobias came at 9 a.m.|He stayed.",
        "The claim is old.[2]|Others disagree.[citation needed]|So do we.",
        "Read node.js or www.Example.com today.",
        "これは文です。|次の文！|はい",
        "पहला वाक्य।|दूसरा वाक्य।",
    ],
)
def test_prose(text: str) -> None:
    assert split(text.replace("|", " ")) == [part.strip() for part in text.split("|")]


def test_a_lost_space_after_a_full_stop() -> None:
    assert split("That was the end.Then we left.") == ["That was the end.", "Then we left."]


def test_the_line_breaks_of_a_page_do_not_end_sentences() -> None:
    text = (
        "The investigation concluded at the end of the inquest on 12\n"
        "February 2016. The conclusion was that Mrs Example died of a\n"
        "fall from a ladder which had been borrowed from Mr\n"
        "Brown. No other person was involved in it.\n"
    )
    assert [part.split()[0] for part in split(text)] == ["The", "The", "No"]


def test_lists_headings_and_labels_are_units() -> None:
    text = (
        "MATTERS OF CONCERN\n"
        "The matters are as follows:\n"
        "(1) The first of them is long enough to be wrapped at the\n"
        "end of the line. It has two sentences.\n"
        "(2) The second.\n"
        "a) alpha\n"
        "• one • two\n"
        "iv. roman\n"
        "- dash\n"
        "Date of report: 2013-08-09\n"
        "Coroner: A. Example\n"
        "\n"
        "A heading\n"
        "\n"
        "Text below it\n"
    )
    assert split(text) == [
        "MATTERS OF CONCERN",
        "The matters are as follows:",
        "(1) The first of them is long enough to be wrapped at the\nend of the line.",
        "It has two sentences.",
        "(2) The second.",
        "a) alpha",
        "• one",
        "• two",
        "iv. roman",
        "- dash",
        "Date of report: 2013-08-09",
        "Coroner: A. Example",
        "A heading",
        "Text below it",
    ]


def test_numbers_in_a_line_begin_items_only_after_an_end() -> None:
    assert split("The causes are as follows: 1. He fell. 2. Nobody saw it.") == [
        "The causes are as follows:",
        "1. He fell.",
        "2. Nobody saw it.",
    ]
    assert split("It is in section 9. It is long.") == ["It is in section 9.", "It is long."]


def test_rows_of_tables_stay_whole() -> None:
    rows = [
        "Firm | Price | Note",
        "Calder Heating | £61,900 | First. No stairs.",
        "Pascoe and Daughter | £71,250 | none",
    ]
    assert split("\n".join(rows)) == rows
    figures = [
        "Total net sales 82,959 81,434",
        "Cost of sales for all products 47,074 46,179",
        "Gross margin 35,885 35,255",
    ]
    assert split("\n".join(figures)) == figures


@pytest.mark.parametrize("text", ["", " \n\t ", "."])
def test_nothing_to_split(text: str) -> None:
    assert split(text) == ([text] if text.strip() else [])


@settings(deadline=None)
@given(st.text(alphabet='aA1 .!?\n•-(|)"”[:;。\u00a0\u200b–é\t', max_size=200) | st.text(max_size=100))
def test_every_visible_character_is_in_exactly_one_sentence(text: str) -> None:
    spans = sentences(text)
    end = 0
    for start, stop in spans:
        assert end <= start < stop
        assert not text[end:start].strip()
        assert text[start:stop] == text[start:stop].strip()
        end = stop
    assert not text[end:].strip()


@pytest.mark.parametrize("unit", ["a", ".", ". ", ".)", ".[", "“", "A. ", "1 2\n", ": ", "ab\n", "(1) ", " | ", "- \n"])
def test_a_hostile_line_is_split(unit: str) -> None:
    assert sentences(unit * (200_000 // len(unit)))  # quadratic time would be hours


@pytest.mark.parametrize(
    "text",
    [
        "Ferries urged to stop\n\n|Two unions want that. They said so.\n\nMore is to come.",
        "Version 2.1\n|It replaces version 1.[2]\n\nIt is short.",
        "There are two reasons:\n|- fog\n|- ice",
        "Master | Hale\n|Ship | Gannet",
        "A line that is wrapped\ngoes on here.",
    ],
)
def test_headings_items_and_rows_have_lines_of_their_own(text: str) -> None:
    assert lines(text.replace("\n|", "\n")) == [one.strip() for one in text.split("\n|")]


@given(st.text(alphabet="ab .:-|\n", max_size=60))
def test_lines_hold_all_that_is_written(text: str) -> None:
    assert "".join("".join(lines(text)).split()) == "".join(text.split())
