"""Rows of tables are read with their columns named."""

import pytest

from rag.text.tables import with_headers

FARES = "Fares from April.\n\nFare | Island | Quay\nAdult | £12.80 | £15.00\nChild | £6.40 |\n"


@pytest.mark.parametrize(
    ("text", "row", "expected"),
    [
        (FARES, "Adult | £12.80 | £15.00", "Fare: Adult; Island: £12.80; Quay: £15.00"),
        (FARES[FARES.index("Fare |") :], "Adult | £12.80 | £15.00", "Fare: Adult; Island: £12.80; Quay: £15.00"),
        (FARES[FARES.index("Adult") :], "Child | £6.40 |", "Child | £6.40 |"),
        (FARES, "Fare | Island | Quay", "Fare | Island | Quay"),
        (FARES, "Fares from April.", "Fares from April."),
        ("a | b\n1 | 2 | 3", "1 | 2 | 3", "1 | 2 | 3"),
        ("a | b | c\n1 |  | 3", "1 |  | 3", "a: 1; c: 3"),
        ("| b | c\n1 | 2 | 3", "1 | 2 | 3", "1; b: 2; c: 3"),
    ],
)
def test_a_row_has_its_column_headers_where_they_are_known(text: str, row: str, expected: str) -> None:
    start = text.index(row)
    assert with_headers(text, start, start + len(row)) == expected
