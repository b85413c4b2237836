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
    "same",
    [
        ("12,000 euros", "12000 euros", "12 000 euros", "12\u00a0000 euros", "12\u202f000 euros", "12’000 euros"),
        ("1,250,000", "1250000", "1 250 000", "1.250.000", "1.25 million"),
        ("225mg/100ml", "225 mg per 100 ml", "225 mg / 100 ml", "100ml with 225\u00a0mg"),
        ("0.5 mg", ".5 mg", "0,5mg", "0.50 mg"),
    ],
)
def test_numbers_are_the_same_however_they_are_written(same: tuple[str, ...]) -> None:
    for sentence in same:
        assert [text for text in same if missing(sentence, [text]).values] == [], sentence


@pytest.mark.parametrize(
    ("sentence", "text", "values"),
    [
        ("25mg/100ml", "225mg/100ml", ("25",)),
        ("225 mg per 10 ml", "225mg/100ml", ("10",)),
        ("5 mg", ".5 mg", ("5",)),
        ("1250 g", "1.250 g", ("1250",)),
        ("12,000", "12 had 000", ("12,000",)),
        ("12 000", "12 had 000", ("12 000",)),
    ],
)
def test_digits_that_look_alike_are_another_number(sentence: str, text: str, values: tuple[str, ...]) -> None:
    assert missing(sentence, [text]).values == values


def test_numbers_side_by_side_are_each_found() -> None:
    assert missing("In ward 12 were 100 beds; 340 in all.", ["Ward 12 100 340 beds"]).values == ()


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
