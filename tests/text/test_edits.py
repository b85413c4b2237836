"""How far a misspelled word is from what was meant."""

from hypothesis import given
from hypothesis import strategies as st

from rag.text.edits import distance, one_letter_off

WORDS = st.text("abcdefgh", min_size=1, max_size=8)


def test_what_is_not_heard_is_nearer_than_a_wrong_letter() -> None:
    near = [("reprot", "report"), ("comitee", "committee"), ("heeting", "heating"), ("wen", "when"), ("hat", "heat")]
    far = [("fender", "sender"), ("lorry", "sorry"), ("cat", "cap"), ("gate", "gates")]
    assert max(distance(*pair) for pair in near) <= min(distance(*pair) for pair in far)


@given(WORDS, WORDS)
def test_words_one_letter_off_are_those_of_a_single_slip(word: str, other: str) -> None:
    assert distance(word, word) == 0
    assert word not in one_letter_off(word)
    assert (word in one_letter_off(other)) == (other in one_letter_off(word))
    if other in one_letter_off(word):
        assert 0 < distance(other, word) <= 1.5
