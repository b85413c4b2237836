import pytest

from rag.answer.facts import Missing, missing

TEXT = (
    "Mara Jane Ellison, aged 34, was found on 12/03/2019 at 14:30 at St Mary's Hospital. Two nurses attended; it cost "
    "1,000 pounds, later £1.5 million. The coroner for Surrey, Peter Jones, met between 10 and 11 April 2018 on the "
    "first floor. Form A123 was signed by José Núñez. The inquest opened on 3 May."
)


@pytest.mark.parametrize(
    "sentence",
    [
        "She died on 12 March 2019.",
        "On March 12th, 2019 at 2.30 pm, 2 nurses came.",
        "2019-03-12 or 12.3.19, in March 2019",
        "It cost £1,500,000, first 1000 pounds.",
        "Mara Ellison was thirty-four.",
        "Mr Jones, the coroner, met on 10 April 2018 on the 1st floor.",
        "Jose Nunez signed A123.",
        "One of them came in May.",
        "After Mara's death, St Mary's Hospital was quiet.",
        "The three-word phrase is absent? No: 3 May.".replace("three-word ", ""),
    ],
)
def test_numbers_dates_and_names_are_found_in_any_form(sentence: str) -> None:
    assert missing(sentence, [TEXT]) == Missing()


@pytest.mark.parametrize(
    ("sentence", "values"),
    [
        ("She died on 13 March 2019.", ("13 March 2019",)),
        ("She died on 12 March 2018.", ("12 March 2018",)),
        ("At 3pm four nurses came.", ("3pm", "four")),
        ("She was 35.", ("35",)),
        ("It cost 1.5 pounds.", ("1.5",)),
        ("It cost 1.5 billion.", ("1.5 billion",)),
        ("There were twenty-one nurses.", ("twenty-one",)),
    ],
)
def test_other_numbers_and_dates_are_missed(sentence: str, values: tuple[str, ...]) -> None:
    assert missing(sentence, [TEXT]).values == values


def test_a_name_that_stands_nowhere_is_missed() -> None:
    assert missing("The coroner, Dr Vane, met.", [TEXT]).names == (("vane",),)


def test_a_name_put_together_from_two_people_is_doubtful() -> None:
    assert missing("It was Peter Ellison.", [TEXT]).unsure == (("peter", "ellison"),)


def test_the_first_word_of_a_sentence_is_only_doubtful() -> None:
    assert missing("Vane met the coroner.", [TEXT]) == Missing(unsure=(("vane",),))
    assert missing("Nurses attended.", [TEXT]) == Missing()


def test_any_of_the_texts_will_do() -> None:
    assert missing("Peter Jones was 99.", [TEXT, "He was 99."]) == Missing()


@pytest.mark.timeout(60)
@pytest.mark.parametrize("unit", ["1,", "1 ", "one ", "A ", "12 March ", "1.1.", "A-", "a.m. ", "12:30"])
def test_hostile_sentences_cost_little(unit: str) -> None:
    missing((unit * 20_000)[:20_000], [TEXT])
