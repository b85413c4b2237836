"""The words of a text: what a question is searched by, what it is about, and what two texts have in common."""

import pytest

from rag.text.words import all_words_query, any_word_query, negated, stems, terms, tokens, words


@pytest.mark.parametrize(
    ("question", "query"),
    [
        ("Please, what is the gate at AB-1 for?", '"gate" OR "ab" OR "1" OR "ab-1"'),
        ('what" OR text : *', '"text"'),
        ("who is it", '"who" OR "is" OR "it"'),
        ("?", ""),
    ],
)
def test_a_question_as_a_keyword_query(question: str, query: str) -> None:
    assert any_word_query(question) == query


def test_a_term_as_a_query_for_all_of_its_words() -> None:
    assert all_words_query("Mara O'Hara") == '"mara" AND "o" AND "hara"'


def test_terms_are_the_content_words_as_they_are_spelled() -> None:
    assert terms("Tell me how many of Perry's lamps don't work") == ["perry", "lamps", "don't", "work"]
    assert terms("Who is it?") == ["who", "is", "it"]


def test_stems_bring_forms_of_a_word_together() -> None:
    assert stems("What did the coroner conclude?") == stems("the coroner's conclusions")
    assert stems("水门 closed") == ["水门", "clos"]


def test_tokens_fold_what_words_keep() -> None:
    assert tokens("Zoë's didn’t") == ["zoe", "did", "not"]
    assert words("Zoë's didn’t") == ["zoë", "didn’t"]


def test_negation() -> None:
    assert negated("The gate couldn't be closed.")
    assert not negated("The gate was closed.")
