import pytest

from rag.text.phrases import introduces, is_filler, refuses, without_attribution, without_opening


@pytest.mark.parametrize(
    "sentence",
    ["The passages do not tell who it was.", "In den Unterlagen steht dazu nichts.", "Je n'ai trouvé aucune réponse."],
)
def test_a_refusal_is_recognised_in_three_languages(sentence: str) -> None:
    assert refuses(sentence)


@pytest.mark.parametrize("sentence", ["She was not 34.", "Er war nicht dort.", "Il n'était pas là.", "No alarm rang."])
def test_a_sentence_that_denies_something_is_no_refusal(sentence: str) -> None:
    assert not refuses(sentence)


@pytest.mark.parametrize(
    "sentence", ["Sure!", "Of course, here is the answer:", "Hier ist die Antwort:", "Great question!"]
)
def test_what_only_addresses_the_reader_is_filler(sentence: str) -> None:
    assert is_filler(sentence)


@pytest.mark.parametrize(
    "sentence", ["Sure Start closed.", "The answer was no.", "Of course she fell.", "Here is 1 death."]
)
def test_what_says_something_is_not(sentence: str) -> None:
    assert not is_filler(sentence)


def test_a_title_needs_usual_or_known_words_and_a_claim_is_none() -> None:
    assert introduces("Background:", ())
    assert introduces("Alarm:", {"alarm"}) and not introduces("Alarm:", ())
    assert not introduces("The cause was the person.", ())


def test_what_stands_before_a_sentence_is_taken_off() -> None:
    assert without_opening("Sure, she fell.") == "She fell."
    assert without_opening("Great Yarmouth flooded.") == "Great Yarmouth flooded."
    assert without_attribution("According to the source, she fell.") == "she fell."
    assert without_attribution("In text messages she wrote of it.") == "In text messages she wrote of it."
