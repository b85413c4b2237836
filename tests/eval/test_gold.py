import json

import pytest
from evalkit import DATE_QUOTE, PARK, case, text_of, unanswerable

from eval.cases.gold import Evidence, cases_digest, evidence_problems, load_cases, select, to_line
from rag.errors import CasesError

GOOD = {
    "id": "a",
    "question": "When did the park open?",
    "answers": ["3 May 1902"],
    "evidence": [{"source": "park.txt", "quote": DATE_QUOTE}],
    "answerable": True,
    "history": [["What is it?", "A park."]],
    "tags": ["when"],
}


@pytest.fixture
def write(tmp_path):
    def write(*rows):
        path = tmp_path / "cases.jsonl"
        path.write_text("\n".join(r if isinstance(r, str) else json.dumps(r) for r in rows) + "\n", encoding="utf-8")
        return path

    return write


def test_cases_come_back_as_they_were_written(write):
    first, second = load_cases(write(GOOD, "", {"id": "b", "question": "Who?", "answerable": False}))
    assert first.evidence == (Evidence("park.txt", DATE_QUOTE),)
    assert first.history == (("What is it?", "A park."),)
    assert (second.answers, second.tags) == ((), ())
    assert load_cases(write(to_line(first), to_line(second))) == [first, second]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"id": 7}, ["'id'", "7"]),
        ({"id": " "}, ["'id'", "give the case an id"]),
        ({"question": "?!"}, ["'question'", "write a question"]),
        ({"answerable": "yes"}, ["'answerable'", "'yes'"]),
        ({"answers": "3 May"}, ["'answers'", "'3 May'"]),
        ({"answers": []}, ["'answers'", "at least one gold answer"]),
        ({"answers": ["..."]}, ["'answers.0'", "'...'"]),
        ({"evidence": [{"source": "park.txt", "quote": 3}]}, ["'evidence.0.quote'", "3"]),
        ({"evidence": [{"source": "park.txt"}]}, ["'evidence.0.quote'", "missing"]),
        ({"evidence": [{"source": "park.txt", "quote": " "}]}, ["'evidence.0.quote'", "quote the words"]),
        ({"history": [["only a question"]]}, ["'history.0.1'", "missing"]),
        ({"answerable": False}, ["'answers'", "unanswerable case has neither"]),
        ({"answerable": False, "answers": []}, ["'evidence'", "unanswerable case has neither"]),
        ({"awnsers": []}, ["'awnsers'"]),
    ],
)
def test_a_malformed_case_is_named_with_line_field_and_value(write, changed, words):
    with pytest.raises(CasesError) as error:
        load_cases(write(GOOD, GOOD | {"id": "b"} | changed))
    for word in ["line 2", *words]:
        assert word in str(error.value)


def test_what_is_no_case_at_all_is_named_too(write, tmp_path):
    with pytest.raises(CasesError, match="line 1: not a JSON object"):
        load_cases(write("{'id': 1}"))
    with pytest.raises(CasesError, match="line 1: field 'the whole line'"):
        load_cases(write("[]"))
    with pytest.raises(CasesError, match="holds no cases"):
        load_cases(write("", " "))
    with pytest.raises(CasesError, match="there is no file"):
        load_cases(tmp_path / "none.jsonl")
    (tmp_path / "binary.jsonl").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(CasesError, match="must be UTF-8"):
        load_cases(tmp_path / "binary.jsonl")


def test_an_id_stands_only_once(write):
    with pytest.raises(CasesError, match=r"line 2: field 'id' is 'a', as on line 1"):
        load_cases(write(GOOD, GOOD))


def test_drafts_are_never_scored():
    draft = case(id="d", answers=(), answerable=True, tags=("draft",))
    checked = case(tags=("when",))
    assert select([draft, checked]) == [checked]
    with pytest.raises(CasesError, match="all 1 cases are drafts"):
        select([draft])


def test_cases_are_selected_by_tag_and_number():
    many = [case(id="a", tags=("when",)), case(id="b"), unanswerable(tags=("when",))]
    assert [c.id for c in select(many, tag="when")] == ["a", "u1"]
    assert [c.id for c in select(many, limit=2)] == ["a", "b"]
    with pytest.raises(CasesError, match="no case has the tag 'why'; the tags are when"):
        select(many, tag="why")


def test_a_gold_quote_that_is_not_in_its_source_is_reported():
    found = evidence_problems(
        [
            case(),
            case(id="typo", quotes=(("park.txt", DATE_QUOTE.replace("1902", "1903")),)),
            case(id="gone", quotes=(("lost.txt", PARK.text),)),
        ],
        text_of,
    )
    assert len(found) == 2
    assert "'typo'" in found[0]
    assert "1903" in found[0]
    assert "'lost.txt' is not in the index" in found[1]


def test_the_digest_follows_the_cases():
    assert cases_digest([case()]) == cases_digest([case()])
    assert cases_digest([case()]) != cases_digest([case(answers=("1902",))])
