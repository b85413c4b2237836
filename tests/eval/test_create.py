from itertools import islice

import pytest
from evalkit import DATE_QUOTE, NAME_QUOTE, PARK, POOL, POOL_QUOTE, answer, case, passage

from eval.cases.create import Interview, picked, write_drafts
from eval.cases.drafts import suggestions
from eval.cases.gold import Evidence, evidence_problems, load_cases, select, to_line
from eval.engine import ScriptedEngine, text_of
from rag.errors import CasesError

OPENED = "When did the park open?"
FOUND = answer(passages=(passage(PARK.text), passage(POOL.text, "pool.txt", 2)))
ENGINE = ScriptedEngine({OPENED: FOUND, "Who mows?": FOUND, "Where is it?": FOUND}, [PARK, POOL])


class Scripted:
    """A terminal whose user has made up their mind; they leave when they have nothing more to say."""

    def __init__(self, *replies):
        self.replies, self.shown = list(replies), []

    def ask(self, prompt):
        self.shown.append(prompt)
        if not self.replies:
            raise EOFError
        return self.replies.pop(0)

    def show(self, text):
        self.shown.append(text)


@pytest.fixture
def write(tmp_path):
    out = tmp_path / "mine.jsonl"

    def write(*replies):
        terminal = Scripted(*replies)
        written = Interview(ENGINE, terminal, out).run()
        return written, (load_cases(out) if out.exists() else []), "\n".join(terminal.shown)

    return write


def test_a_picked_sentence_becomes_a_case_with_a_verbatim_quote(write):
    written, cases, shown = write(OPENED, "1", "3 May 1902 | May 1902", "when, easy", "q")
    assert written == 1
    (made,) = cases
    assert made.id == "mine-001"
    assert made.evidence == (Evidence("park.txt", DATE_QUOTE),)
    assert made.answers == ("3 May 1902", "May 1902")
    assert made.tags == ("when", "easy")
    assert "pool.txt" in shown
    assert "mine-001 is written" in shown


def test_neighbours_become_one_quote_and_others_several(write):
    _, cases, _ = write(OPENED, "1-2", "Ada Lowe", "", OPENED, "1, 4", "1988", "")
    assert cases[0].evidence == (Evidence("park.txt", f"{DATE_QUOTE} {NAME_QUOTE}"),)
    assert cases[1].evidence == (Evidence("park.txt", DATE_QUOTE), Evidence("pool.txt", POOL_QUOTE))


def test_words_of_a_document_that_was_not_found_can_be_given(write):
    _, cases, shown = write(OPENED, "no such words here", "its ROOF leaked", "its roof", "")
    assert cases[0].evidence == (Evidence("pool.txt", "its roof leaked"),)
    assert "is not in any document" in shown


def test_what_the_documents_do_not_say_becomes_an_unanswerable_case(write):
    _, cases, _ = write("Who mows?", "n", "")
    assert (cases[0].answerable, cases[0].answers, cases[0].evidence) == (False, (), ())


def test_an_answer_that_is_not_in_the_quote_is_asked_about(write):
    _, cases, shown = write(OPENED, "1", "May 3rd", "", "3 May 1902", "")
    assert cases[0].answers == ("3 May 1902",)
    assert "'May 3rd' is not in the quote" in shown


def test_a_follow_up_carries_the_conversation(write):
    _, cases, _ = write(OPENED, "1", "3 May 1902", "", "+ Where is it?", "3", "the middle", "")
    assert cases[1].history == ((OPENED, "3 May 1902"),)
    written, _, shown = write("+ Where is it?", "q")
    assert written == 0
    assert "no question before" in shown


def test_enter_suggests_a_sentence_to_ask_about(write):
    _, cases, shown = write("", "", "", "When was that?", "", "")
    assert len(cases) == 1
    assert cases[0].question == "When was that?"
    assert not evidence_problems(cases, lambda source: text_of(ENGINE, source))
    assert "Question that" in shown


def test_a_session_goes_on_where_the_file_ends(write, tmp_path):
    (tmp_path / "mine.jsonl").write_text(to_line(case(id="mine-001")), encoding="utf-8")
    _, cases, _ = write(OPENED, "1", "1902", "")
    assert [c.id for c in cases] == ["mine-001", "mine-002"]


def test_skipping_and_leaving_write_nothing(write):
    assert write(OPENED, "s", "?", "q")[0] == 0
    assert write(OPENED)[0] == 0


def test_a_malformed_file_is_not_added_to(write, tmp_path):
    (tmp_path / "mine.jsonl").write_text("{broken\n", encoding="utf-8")
    with pytest.raises(CasesError, match="line 1"):
        write(OPENED)


@pytest.mark.parametrize("reply", ["0", "9", "2-1", "1-3", ",", "1-"])
def test_numbers_that_name_no_sentence_are_refused(reply):
    one, other = passage(PARK.text), passage(POOL.text, "pool.txt")
    with pytest.raises(ValueError, match=r"sentence"):
        picked(reply, [(one, 0, 30), (one, 31, 75), (other, 0, 20)])


def test_drafts_quote_their_documents_and_wait_for_a_question(tmp_path):
    out = tmp_path / "drafts.jsonl"
    assert write_drafts(ENGINE, out, 3) == 3
    cases = load_cases(out)
    assert not evidence_problems(cases, lambda source: text_of(ENGINE, source))
    assert {c.evidence[0].source for c in cases[:2]} == {"park.txt", "pool.txt"}
    assert all("____" in c.question and c.answers[0] not in c.question for c in cases)
    with pytest.raises(CasesError, match="drafts"):
        select(cases)
    assert write_drafts(ENGINE, out, 100) == 0 + len(list(suggestions([PARK, POOL])))


def test_a_suggestion_points_at_a_date_a_number_or_a_name():
    kinds = {s.answer: s.kind for s in suggestions([PARK, POOL])}
    assert kinds == {"3 May 1902": "when", "Ada Lowe": "who", "1988": "when"}
    assert list(islice(suggestions([PARK, POOL]), 3)) == list(islice(suggestions([PARK, POOL]), 3))
