import pytest

from rag.text.loose_markers import Citable, bracket_loose_markers, own_numbers
from rag.text.markers import remove_markers

NAMES = {"report.txt": (1, 4), "policy.txt": (2,), "Report on Mara Ellison": (1, 4)}
CITABLE = Citable(5, NAMES, own_numbers("It was raised with the trust (3). There were adults [2]; it held 4 litres²."))


def found(text: str) -> tuple[str, list[tuple[int, ...]]]:
    left, marks = remove_markers(bracket_loose_markers(text, CITABLE))
    return left, [mark.numbers for mark in marks]


@pytest.mark.parametrize(
    ("text", "left", "numbers"),
    [
        ("It fell (3).", "It fell.", (3,)),
        ("It fell (1, 3), twice.", "It fell, twice.", (1, 3)),
        ("It fell (1)(3).", "It fell.", (1, 3)),
        ("It fell. (3)", "It fell.", (3,)),
        ("It fell³.", "It fell.", (3,)),
        ("It fell.¹", "It fell.", (1,)),
        ("It fell¹,² twice.", "It fell twice.", (1, 2)),
        ("It fell in 2019³.", "It fell in 2019.", (3,)),
        ("It fell [Source: report.txt].", "It fell.", (1, 4)),
        ("It fell [Report.txt, page 2].", "It fell.", (1, 4)),
        ("It fell (policy.txt).", "It fell.", (2,)),
        ("It fell [Report on Mara Ellison].", "It fell.", (1, 4)),
        ("It fell [report.txt; policy.txt].", "It fell.", (1, 4, 2)),
        ("It fell.\nSource: policy.txt", "It fell.", (2,)),
        ("It fell. Source: [2]", "It fell.", (2,)),
        ("It fell [1, p. 3].", "It fell.", (1,)),
        ("According to passage [3], it fell.", "According to the source, it fell.", (3,)),
        ("According to passage 3, it fell.", "According to the source, it fell.", (3,)),
        ("Passage 3 says it fell.", "The source says it fell.", (3,)),
        ("As passages 1 and 2 say, it fell.", "As passages say, it fell.", (1, 2)),
        ("Both passage 1 and passage 2 say it.", "Both the sources say it.", (1, 2)),
        ("It fell (see passage 3).", "It fell.", (3,)),
        ("Laut Passage 3 fiel es.", "Laut Passage fiel es.", (3,)),
    ],
)
def test_citations_without_brackets_or_numbers_are_found(text: str, left: str, numbers: tuple[int, ...]) -> None:
    assert found(text) == (left, [numbers])


@pytest.mark.parametrize(
    "text",
    [
        "It fell (9).",
        "It fell⁹.",
        "It fell in spring (2014).",
        "It fell under section 12 (3).",
        "It fell under regulation 28(1)(3).",
        "Step (3).",
        "There were three (3).",
        "The tank held 4 m³.",
        "The mass was 4 kg/m³.",
        "It was 10³.",
        "E = mc².",
        "3. It fell",
        "(3) It fell",
        "The wine (1) and bread fell.",
        "It was raised with the trust (3).",
        "There were adults (2).",
        "It held 4 litres².",
        "It fell in passage 2 of the tunnel.",
        "It fell in passage 9.",
        "It fell (Report on Mara Ellison).",
        "It fell [other.txt].",
    ],
)
def test_what_means_something_else_stays(text: str) -> None:
    assert found(text) == (text, [])


def test_who_cites_in_brackets_means_something_else_by_parentheses() -> None:
    assert found("It fell [1]. Two men (2), three women.") == ("It fell. Two men (2), three women.", [(1,)])


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "unit", ["(1", "(1) ", "³", "a³ ", "passage ", "passage 1 and ", "(report.txt,", "[report.txt, p", "a"]
)
def test_hostile_texts_cost_linear_time(unit: str) -> None:
    text = (unit * 40_000)[:40_000]
    bracket_loose_markers(text, CITABLE)
    own_numbers(text)
