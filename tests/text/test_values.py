"""Dates, times and numbers are read in every way they can be meant."""

from decimal import Decimal

import pytest

from rag.text.values import Day, dates, numbers, times


@pytest.mark.parametrize(
    ("text", "readings"),
    [
        ("on 12 March 2019", {Day(2019, 3, 12)}),
        ("in Sept. 2019", {Day(2019, 9, None)}),
        ("12/03/2019", {Day(2019, 3, 12), Day(2019, 12, 3)}),
        ("25/12/98", {Day(1998, 12, 25)}),
        ("2019-03-12", {Day(2019, 3, 12)}),
    ],
)
def test_dates(text: str, readings: set[Day]) -> None:
    ((start, end, read),) = dates(text)
    assert read == readings
    assert text[start:end].strip(" .") in text


@pytest.mark.parametrize(
    ("text", "minutes"), [("at 2.30 pm", {870}), ("at 2:30", {150, 870}), ("at 14:30", {870}), ("noon at 12 am", {0})]
)
def test_times(text: str, minutes: set[int]) -> None:
    ((_, _, read),) = times(text)
    assert read == minutes


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("1,000 lamps", [{1000}]),
        ("1.5 million", [{1_500_000}]),
        ("twenty-one boats", [{21}]),
        ("a dozen", [{12}]),
        ("5 m deep", [{5, 5_000_000}]),
        ("25:99", [{25}, {99}]),
        ("1 000 or 12 500 000 or 1'250", [{1000}, {12_500_000}, {1250}]),
        ("1 234.50", [{"1234.50"}]),
        ("1.250.000,50", [{"1250000.50"}]),
        ("1.250 g", [{"1.250"}]),
        ("0800 123 456 or 943 476 5919", [{800}, {123}, {456}, {943}, {476}, {5919}]),
        (".5 mg (see note).5", [{"0.5"}, {5}]),
    ],
)
def test_numbers(text: str, values: list[set[int | str]]) -> None:
    assert [read for _, _, read in numbers(text)] == [{Decimal(value) for value in several} for several in values]
