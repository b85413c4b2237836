"""Speech that was cut out of a text has both its marks; what only looks like a mark stays."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.text.quotation import balanced


@pytest.mark.parametrize(
    ("cut", "shown"),
    [
        ("“We call for a pause.", '“We call for a pause."'),
        ("We wrote to him as soon as he took up his post.”", '"We wrote to him as soon as he took up his post.”'),
        ('He said: "The valve was shut.', 'He said: "The valve was shut."'),
        ('It was shut," he said.', '"It was shut," he said.'),
        ("“The first part.\n\n“The second part.", '“The first part."\n\n“The second part."'),
        ("“The first part.\n\n“The second part.”", '“The first part."\n\n“The second part.”'),
        ("„Das Ventil war zu.", '„Das Ventil war zu."'),
        ("« La vanne était fermée.", '« La vanne était fermée."'),
        ("‘We will go. We will come.", "‘We will go. We will come.’"),
        ("We will come.’", "‘We will come.’"),
        ("“He read ‘The Book.", '“He read ‘The Book.’"'),
    ],
)
def test_a_cut_quotation_gets_the_mark_that_is_missing(cut: str, shown: str) -> None:
    assert balanced(cut) == shown


@pytest.mark.parametrize(
    "whole",
    [
        "“All of it.”", 'judged "inadequate" and "unsafe".', "„Das Ventil“ war zu.", "»Das Ventil« war zu.",
        "« La vanne » était fermée.", 'a pipe of 6" and one of 8"', "the teachers’ pay in the ‘90s",
        "judged 'inadequate'",
        'Ada Lowe | " | 1902', "It’s the school’s.", "‘the teachers’ said so", "(“shut”)", "", "“One “in” two.”",
    ],
)  # fmt: skip
def test_what_is_balanced_or_no_quotation_stays(whole: str) -> None:
    assert balanced(whole) == whole


@given(st.text(alphabet="ab .\n\"“”„«»‘’'1("))
def test_words_are_never_changed(text: str) -> None:
    assert [c for c in balanced(text) if c.isalnum()] == [c for c in text if c.isalnum()]
