"""What is said where there is no answer: how much was read, how near it came, and that no word was known."""

import pytest

from eval.scripted import ScriptedChatModel
from rag import Assistant, Settings, load_settings
from rag.answer.answerer import REFUSAL, REFUSAL_TOKEN
from rag.answer.generative import ChatAnswerer


def test_a_refusal_says_how_much_was_read_and_claims_nothing_of_the_rest(seeds: Assistant) -> None:
    answer = seeds.ask("who won the 1998 world cup?")
    documents = len({passage.source for passage in answer.passages})
    assert answer.status == "not_in_documents" and answer.text.startswith(REFUSAL)
    assert answer.trace.notes[0] == f"{len(answer.passages)} passages of {documents} of 15 documents were read."
    assert "unsure" in answer.trace.notes[1]
    assert not any("RAG_" in note or "0." in note for note in answer.trace.notes)
    assert answer.trace.evidence is not None and 0 < answer.trace.evidence < 0.45


def test_only_the_documents_that_were_asked_for_count(seeds: Assistant) -> None:
    answer = seeds.ask("who won the 1998 world cup?", sources=["ofsted-perry-inquest.txt"])
    assert " of the document were read." in answer.trace.notes[0]
    two = seeds.ask("who won the cup?", sources=["ofsted-perry-inquest.txt", "school-leaders-unions.txt"])
    assert " of all 2 documents were read." in two.trace.notes[0]


def test_an_answer_and_a_question_asked_back_do_not_say_it(seeds: Assistant) -> None:
    for question in ("who was the coroner in the Ruth Perry inquest?", "when?"):
        assert not any("were read" in note for note in seeds.ask(question).trace.notes)


@pytest.mark.parametrize("nonsense", ["asdfgh qwerty", "blorp zznk 77 fnarg", "lkjh poiu mnbv", "what is zzqxv?"])
def test_nonsense_has_no_confidence_and_it_is_said_why(seeds: Assistant, nonsense: str) -> None:
    answer = seeds.ask(nonsense)
    assert (answer.status, answer.confidence, answer.citations) == ("not_in_documents", 0.0, ())
    assert any("in the documents." in note and "occur" in note for note in answer.trace.notes)
    assert len(answer.passages) >= 10


@pytest.mark.parametrize("question", ["who is percival oddington", "how do I get to the castle?"])
def test_words_of_english_are_no_nonsense(seeds: Assistant, question: str) -> None:
    answer = seeds.ask(question)
    known = any("None of these words" in note for note in answer.trace.notes)
    assert answer.status == "not_in_documents" and not known


def test_a_refusal_of_a_model_says_it_too(seeds_settings: Settings) -> None:
    model = ScriptedChatModel(script=[[REFUSAL_TOKEN]])
    with Assistant(seeds_settings, answerer=ChatAnswerer(load_settings(chat_model=""), model=model)) as assistant:
        answer = assistant.ask("who won the 1998 world cup?")
    assert answer.text.startswith(REFUSAL)
    assert "documents were read." in answer.trace.notes[0] and answer.trace.evidence is None
