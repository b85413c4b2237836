import pytest

from rag.text.markers import escape_in_code, escape_in_passage, remove_markers, without_partial_marker


@pytest.mark.parametrize(
    ("text", "left", "numbers"),
    [
        ("It fell [1].", "It fell.", [(1,)]),
        ("It fell [1, 2].", "It fell.", [(1, 2)]),
        ("It fell [1][2], twice.", "It fell, twice.", [(1, 2)]),
        ("It fell [1], [2] and [3].", "It fell.", [(1, 2, 3)]),
        ("It fell 【1】.", "It fell.", [(1,)]),
        ("It fell ［1］.", "It fell.", [(1,)]),
        ("It fell 【4:0†report.pdf】.", "It fell.", [(4,)]),
        ("It fell (ID: 1).", "It fell.", [(1,)]),
        ("It fell [^1].", "It fell.", [(1,)]),
        ("It fell [1-3].", "It fell.", [(1, 2, 3)]),
        ("It fell [source 1].", "It fell.", [(1,)]),
        ("It fell [Passage 1, Passage 2].", "It fell.", [(1, 2)]),
        ("It fell ([1]).", "It fell.", [(1,)]),
        ("It fell (see [1], [2]).", "It fell.", [(1, 2)]),
        ("It fell [1]and broke.", "It fell and broke.", [(1,)]),
        ("According to [1], it fell.", "According to the source, it fell.", [(1,)]),
        ("It fell (1).", "It fell (1).", []),
        ("R v Smith [2019] EWHC 12", "R v Smith [2019] EWHC 12", []),
        ("He said [sic] so.", "He said [sic] so.", []),
        ("[[1]2]", "2]", [(1,)]),
    ],
)
def test_markers_are_found_in_every_form_that_models_write(
    text: str, left: str, numbers: list[tuple[int, ...]]
) -> None:
    found, marks = remove_markers(text)
    assert found == left
    assert [mark.numbers for mark in marks] == numbers


def test_taking_a_marker_out_makes_no_new_one() -> None:
    assert "[1]" not in remove_markers("[[2]1][[1]1]")[0]


def test_a_documents_own_numbers_cannot_be_copied_as_citations() -> None:
    copy = escape_in_passage("As shown in [3], [ 4 ], 【5】, [6-8], (ID: 9), [3, p. 12] and R v S [2019].")
    assert copy == "As shown in (3), (4), (5), (6-8), (9), (3, p. 12) and R v S [2019]."
    assert remove_markers(copy)[1] == ()


def test_bracketed_numbers_in_code_cite_nothing() -> None:
    assert remove_markers(escape_in_code("a[1] + b[[2]]"))[1] == ()


@pytest.mark.parametrize(
    "text", ["It fell [1", "It fell [", "It fell 【1", "It fell (ID: ", "It fell [[1", "It fell [1,"]
)
def test_a_half_marker_is_held_back(text: str) -> None:
    assert without_partial_marker(text) == "It fell"


@pytest.mark.parametrize(
    "unit", ["[", "[1,", "[1", "[1]", "[1][", "1,", "(id ", "(see [1]", "【", " [", " ", "[1-", "[[1]2]"]
)
@pytest.mark.timeout(60)
def test_hostile_texts_cost_linear_time(unit: str) -> None:
    text = (unit * 100_000)[:100_000]
    for function in (remove_markers, escape_in_passage, escape_in_code, without_partial_marker):
        function(text)
