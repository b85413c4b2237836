import pytest
from chatkit import PASSAGES, POLICY, QUESTION, REPORT, passage

from rag.answer.faithfulness import CheckedSentence, WordOverlap, check
from rag.models.checker import load_checker
from rag.schema import Passage
from rag.settings import load_settings
from rag.text.question import Question


def checked(
    claim: str, *cited: Passage, shown: tuple[Passage, ...] = PASSAGES, question: str = QUESTION
) -> CheckedSentence:
    return check(claim, cited or (REPORT,), shown, Question.parse(question), WordOverlap())


@pytest.mark.parametrize(
    ("claim", "quote"),
    [
        ("The coroner concluded that the death was an accident, contributed to by neglect.", "The coroner concluded"),
        ("Mara Ellison was 34.", "She was 34 years old."),
        (
            "Peter Jones, the ward manager, said “the alarm had been switched off at night”.",
            "The alarm had been switched",
        ),
        ("She was admitted on 12/03/2019.", "Mara Ellison was admitted"),
    ],
)
def test_what_a_passage_says_is_supported_by_a_verbatim_span(claim: str, quote: str) -> None:
    found = checked(claim)
    assert found.support == "supported"
    (span,) = found.spans
    assert quote in span.quote
    assert REPORT.text[span.start - REPORT.start : span.end - REPORT.start] == span.quote


@pytest.mark.parametrize(
    "claim",
    [
        "The coroner concluded that the death was murder.",
        "Mara Ellison was 35.",
        "Mara Ellison was admitted on 13 March 2019.",
        "Dr Vane concluded that the death was an accident, contributed to by neglect.",
        "The ward manager, Peter Jones, said “the alarm had been broken by the cleaner”.",
        "Mara Ellison was happy.",
        "The moon is made of cheese.",
    ],
)
def test_what_no_passage_says_is_unsupported_and_has_no_span(claim: str) -> None:
    found = checked(claim)
    assert (found.support, found.spans) == ("unsupported", ())


def test_a_charge_that_only_the_question_makes_is_unsupported() -> None:
    found = checked("Peter Jones murdered Mara Ellison.", question="Who murdered Mara Ellison?")
    assert (found.support, found.spans) == ("unsupported", ())


@pytest.mark.parametrize(
    ("claim", "support"),
    [
        ("The death was found to be an accident to which neglect contributed.", "supported"),
        ("Mara Ellison died by accident, and neglect played a part.", "supported"),
        ("The coroner did not conclude that the death was an accident, contributed to by neglect.", "unsupported"),
    ],
)
def test_the_shipped_checker_knows_other_words_and_the_opposite(claim: str, support: str) -> None:
    checker = load_checker(load_settings())
    assert checker
    assert check(claim, (REPORT,), PASSAGES, Question.parse(QUESTION), checker).support == support


def test_a_name_may_stand_in_another_form() -> None:
    report = passage("The Serbian delegation left the talks early.", title="Minutes")
    assert checked("The delegation of Serbia left the talks early.", report, shown=(report,)).support == "supported"
    assert checked("The delegation of Norway left the talks early.", report, shown=(report,)).support == "unsupported"


def test_a_sentence_may_rest_on_two_passages() -> None:
    found = checked(
        "Her death was an accident contributed to by neglect, and the trust has 56 days to respond.", *PASSAGES
    )
    assert found.support == "supported"
    assert [span.passage.source for span in found.spans] == ["report.txt", "policy.txt"]


def test_a_marker_off_by_one_is_put_right_only_by_the_very_words() -> None:
    right = checked("A new alarm policy was adopted in June 2020 by the board.", REPORT)
    assert (right.support, right.spans[0].passage.source) == ("supported", "policy.txt")
    assert "wrong passage" in right.notes[0]
    assert checked("The board changed its mind about alarms after a review.", REPORT).support == "unsupported"


def test_a_name_in_the_title_of_the_report_will_do() -> None:
    report = passage("She was 34 years old when she died.", title="Report on Ada Quill")
    assert checked("Ada Quill was 34 years old when she died.", report, shown=(report,)).support == "supported"


def test_without_a_citation_nothing_is_checked() -> None:
    assert check("She was 34.", (), PASSAGES, Question.parse(QUESTION), WordOverlap()).support == "not_cited"


def test_sentences_in_chinese_are_compared_too() -> None:
    chinese = passage("验尸官认定死亡是意外。医院有五十六天时间答复。", title="报告")
    assert checked("验尸官认定死亡是意外。", chinese, shown=(chinese,)).support == "supported"
    assert checked("博物馆已经破产了。", chinese, shown=(chinese,)).support == "unsupported"


def test_a_policy_does_not_support_a_statement_about_the_report() -> None:
    assert checked("She was 34 years old.", POLICY, shown=(POLICY,)).support == "unsupported"


def test_the_headings_of_a_passage_without_title_are_read_with_it() -> None:
    report = Passage("log.txt", "", ("Ward 6 of the infirmary",), None, 0, 25, "It was closed on Tuesday.", (), {}, 1)
    claim = "Ward 6 of the infirmary was closed on Tuesday."
    assert checked(claim, report, shown=(report,)).support == "supported"
