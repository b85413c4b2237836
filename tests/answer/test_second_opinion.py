"""RAG_CHECK=model: the model is asked for the words that say its sentences, which can only lower a verdict."""

from collections.abc import Generator

import pytest
from chatkit import PASSAGES, QUESTION, REPORT, passage
from langchain_core.messages import AIMessageChunk, BaseMessage

from eval.scripted import ScriptedChatModel
from rag.answer.faithfulness import WordOverlap
from rag.answer.generative import ChatAnswerer
from rag.answer.second_opinion import SecondOpinion
from rag.answer.streaming import StreamingAnswer
from rag.schema import Answer, Passage
from rag.settings import load_settings
from rag.text.question import Question

AGE, AGE_SAID = "Mara Ellison was 34 [1].", "She was 34 years old."
DAYS, DAYS_SAID = "To respond the trust has 56 days [2].", "The trust has 56 days to respond."
VERBATIM = "Mara Ellison was admitted on 12 March 2019 [1]."
WRONG = "Mara Ellison was 35 [1]."
Piece = str | AIMessageChunk | Exception


def stream(
    reply: str, *opinion: Piece, passages: tuple[Passage, ...] = PASSAGES, **settings: object
) -> tuple[list[Answer], ScriptedChatModel]:
    """Every answer on the way, of a model that is asked again and then says its opinion; and the model."""
    model = ScriptedChatModel(script=[[reply], list(opinion)])
    chosen = load_settings(**{"chat_model": "", "check": "model"} | settings)
    return list(ChatAnswerer(chosen, WordOverlap(), model).stream(Question.parse(QUESTION), passages)), model


def ask(reply: str, *opinion: Piece, **more: object) -> Answer:
    return stream(reply, *opinion, **more)[0][-1]  # type: ignore[arg-type]


def supports(answer: Answer) -> list[str]:
    return [sentence.support for sentence in answer.sentences]


def test_what_the_model_finds_in_a_cited_passage_stays_supported() -> None:
    answers, model = stream(f"{AGE} {DAYS}", f"S1: {AGE_SAID}\nS2: {DAYS_SAID}")
    last = answers[-1]
    assert (last.status, supports(last), last.trace.notes) == ("answered", ["supported"] * 2, ())
    assert [c.quote for c in last.citations] == [f"Mara Ellison was admitted on 12 March 2019. {AGE_SAID}", DAYS_SAID]
    assert len(model.asked) == 2


def test_a_sentence_that_it_finds_nowhere_is_partly_supported_and_named() -> None:
    sure, last = ask(AGE, f"S1: {AGE_SAID}"), ask(AGE, "S1: NONE")
    assert (last.status, supports(last), len(last.citations)) == ("partial", ["partly"], 1)
    (note,) = last.trace.notes
    assert "found no words" in note and "Mara Ellison was 34" in note
    assert last.confidence == pytest.approx(sure.confidence / 2)


@pytest.mark.parametrize("words", ["She was thirty-four years old.", DAYS_SAID, "none of them"])
def test_words_that_stand_in_no_cited_passage_are_no_evidence(words: str) -> None:
    last = ask(AGE, f"S1: {words}")
    assert supports(last) == ["partly"]
    assert "no passage cited has" in last.trace.notes[0]
    assert words not in last.text


def test_it_makes_no_sentence_better() -> None:
    half = "Mara Ellison, who was admitted on 12 March 2019 and wanted a new alarm, was 34 years old [1]."
    alone = ask(f"{AGE} {half}", check="checker")
    assert supports(alone) == ["supported", "partly"]
    assert supports(ask(f"{AGE} {half}", f"S1: {AGE_SAID}\nS2: {AGE_SAID}")) == ["supported", "partly"]
    answers, model = stream(f"{AGE} {WRONG}", f"S1: {AGE_SAID}\nS2: {AGE_SAID}")
    assert supports(answers[-1]) == ["supported", "unsupported"]
    assert "was 35" not in model.asked[1][1].text
    answers, model = stream(WRONG, f"S1: {AGE_SAID}")
    assert (answers[-1].status, len(model.asked)) == ("not_in_documents", 1)


def test_longer_words_become_the_citation_and_shorter_ones_do_not() -> None:
    longer = f"{DAYS_SAID} A new alarm policy was adopted in June 2020 by the board after the review."
    assert ask(DAYS, f'S1: "{longer}" [1]').citations[0].quote == longer.removesuffix(".")
    assert ask(DAYS, f"S1: {longer}").citations[0].quote == longer
    assert ask(DAYS, "S1: The trust has 56 days").citations[0].quote == DAYS_SAID


def test_longer_words_without_what_the_sentence_says_do_not() -> None:
    last = ask(DAYS, "S1: A new alarm policy was adopted in June 2020 by the board after the review.")
    assert (supports(last), last.citations[0].quote) == (["supported"], DAYS_SAID)


@pytest.mark.parametrize(
    "opinion",
    [
        f'**S1:** "{AGE_SAID}"',
        f"- S1 [1]: {AGE_SAID} [1]",
        "s1: she was 34\nyears old",
        f"S1: {AGE_SAID}\nI hope this helps!",
        f"<think>S1: NONE?</think>Here they are:\n\nS1. …{AGE_SAID[:-1]}...",
        f"```\nS1: {AGE_SAID}\n```",
        f"S1: NONE\nOn reflection:\nS1: {AGE_SAID}",
    ],
)
def test_it_is_understood_in_the_forms_that_models_write(opinion: str) -> None:
    last = ask(AGE, opinion)
    assert (supports(last), last.trace.notes) == (["supported"], ())


@pytest.mark.parametrize("opinion", ["", "I cannot do that.", "S7: NONE", "S1:\n"])
def test_without_an_opinion_the_check_stands_and_a_note_says_so(opinion: str) -> None:
    last = ask(AGE, opinion)
    assert supports(last) == ["supported"]
    assert "no second opinion on 1 of 1" in last.trace.notes[0]


def test_of_several_sentences_those_without_an_opinion_are_counted() -> None:
    last = ask(f"{AGE} {DAYS}", "S2: NONE")
    assert supports(last) == ["supported", "partly"]
    assert any("1 of 2 sentences" in note for note in last.trace.notes)


def test_where_the_model_fails_the_check_stands_and_a_note_says_why() -> None:
    last = ask(AGE, "S1: NO", ConnectionError("gone"))
    assert (last.status, supports(last), last.error) == ("answered", ["supported"], None)
    (note,) = last.trace.notes
    assert "no second opinion" in note and "cannot be reached" in note


def test_a_window_too_small_for_what_is_cited_is_said() -> None:
    many = tuple(passage(f"The gate number {n} is painted red. " + "word " * 150, f"{n}.txt") for n in range(6))
    reply = " ".join(f"{'Word ' * 90}painted red is gate number {n} [{n + 1}]." for n in range(5))
    assert ask(reply, "", passages=many, chat_context_tokens=4096).trace.notes[0].startswith("The model gave no")
    answers, model = stream(reply, "", passages=many, chat_context_tokens=2100)
    assert len(model.asked) == 1
    assert "RAG_CHAT_CONTEXT_TOKENS=2100 has no room" in answers[-1].trace.notes[-1]


def test_a_sentence_in_the_very_words_of_its_passage_needs_none() -> None:
    answers, model = stream(VERBATIM)
    assert (answers[-1].status, len(model.asked)) == ("answered", 1)
    _, model = stream(f"{VERBATIM} {AGE}", f"S1: {AGE_SAID}")
    assert "S1 [1]: Mara Ellison was 34" in model.asked[1][1].text and "S2" not in model.asked[1][1].text


def test_a_sentence_within_another_needs_one() -> None:
    denied = passage("It is not true that the bridge was safe for lorries.")
    last = ask("The bridge was safe for lorries [1].", "S1: NONE", passages=(denied,))
    assert supports(last) == ["partly"]


def test_the_whole_answer_can_be_read_while_the_model_is_asked_again() -> None:
    answers, _ = stream(f"{DAYS} {AGE}", f"S1: {DAYS_SAID}\nS2: NONE")
    assert "Mara Ellison was 34" in answers[-2].text and answers[-2].status == "partial"
    assert supports(answers[-2])[0] == "supported" and supports(answers[-1]) == ["supported", "partly"]


def test_it_is_asked_with_the_cited_passages_alone_as_data() -> None:
    answers, model = stream(AGE, f"S1: {AGE_SAID}")
    system, human = model.asked[1]
    fence = human.text.splitlines()[0]
    assert fence in system.text and human.text.rstrip().endswith(fence) and human.text.count(fence) == 2
    assert REPORT.text in human.text and "56 days" not in human.text and QUESTION in human.text
    assert str(answers[-1].trace.prompt).endswith(f"System: {system.text}\nHuman: {human.text}")
    assert str(answers[-1].trace.reply).endswith(f"S1: {AGE_SAID}")


def test_words_are_found_as_the_model_was_shown_them() -> None:
    noted = passage("The levels [3] were <5 mg on the first day.")
    last = ask(
        "On the first day the levels were <5 mg [1].", "S1: levels (3) were < 5 mg on the first day", passages=(noted,)
    )
    assert supports(last) == ["supported"]


def test_by_default_no_second_opinion_is_asked() -> None:
    answers, model = stream(AGE, check="checker")
    assert (answers[-1].status, len(model.asked)) == ("answered", 1)
    assert len(answers[-1].trace.prompt_digest) == 16


def test_a_reply_without_end_is_closed_before_the_model_is_asked_again() -> None:
    open_replies, most = 0, -1

    def messages() -> Generator[BaseMessage]:
        nonlocal open_replies
        open_replies += 1
        try:
            while True:
                yield AIMessageChunk(f"{AGE} " * 100)
        finally:
            open_replies -= 1

    def asked(_: dict[str, str]) -> str:
        nonlocal most
        most = open_replies
        return f"S1: {AGE_SAID}"

    begun = Answer(QUESTION, QUESTION, "", None, "partial", 0.0, passages=PASSAGES)
    opinion = SecondOpinion(asked, 100_000)
    streaming = StreamingAnswer(Question.parse(QUESTION), begun, PASSAGES, "mark", WordOverlap(), opinion)
    *_, last = streaming.answers(messages())
    assert (last.status, most) == ("partial", 0)


@pytest.mark.timeout(60)
@pytest.mark.parametrize("unit", ["S1", "S1: ", "\nS1:", "- ", "S1 [1]", "S1: NONE\n", "\n"])
def test_hostile_opinions_cost_little(unit: str) -> None:
    assert ask(AGE, (unit * 20_000)[:20_000]).status in ("answered", "partial")


def test_without_claims_nothing_is_asked() -> None:
    opinion = SecondOpinion(lambda _: "S1: NONE", 4096).of(QUESTION, [])
    assert (opinion.checks, opinion.notes, opinion.asked) == ((), (), "")
