"""Of the rows of a table the one that the question speaks of is ranked first."""

import pytest

from rag.retrieve.row_words import row_words
from rag.text.question import Question

ROWS = ["Hale and Sons | £410 | 3 June", "Tarn Roofing | £395 | 1 July", "North Slate | £450 | 3 June"]
SERIALISED = [f"Firm: {f}; Price: {p}; Ready: {r}" for f, p, r in (row.split(" | ") for row in ROWS)]
SENTENCE = "Three firms gave a price for the roof."


def test_the_row_that_is_named_has_more_of_the_question_than_its_neighbours() -> None:
    question = Question.parse("What price did Tarn Roofing give?")
    first, named, last, sentence = row_words(question, [*ROWS, SENTENCE], [*SERIALISED, SENTENCE])
    assert 0 < first == last < named <= 1 and sentence == 0


@pytest.mark.parametrize("question", ["Who won?", "When?"])
def test_rows_of_which_the_question_says_nothing_have_nothing_of_it(question: str) -> None:
    assert row_words(Question.parse(question), ROWS, SERIALISED) == [0, 0, 0]
