"""What is quoted: the sentence of the answer, its neighbour where both answer, and what it needs to be understood."""

import pytest

from rag.answer.quotes import MAX_WORDS, quotes_for
from rag.schema import Passage, Span
from rag.text.question import Question

TEXT = (
    "The ferry Gannet left Port Wendle at six. She carried forty passengers. The harbour was calm.\n\n"
    "It rained on Holm Island. The master, Tom Hale, turned back at the outer buoy because of the fog."
)


def passage(text: str = TEXT, *found: tuple[str, float], source: str = "log.txt", rank: int = 1) -> Passage:
    spans = tuple(
        Span(text.index(words), text.index(words) + len(words), 5.0, 2.0, score)
        for words, score in sorted(found, key=lambda f: -f[1])
    )
    return Passage(source, "Log", (), None, 0, len(text), text, ("c",), {"fused": 1.0}, rank, spans)


def test_the_sentence_around_the_answer_is_quoted() -> None:
    (quote,) = quotes_for(Question.parse("When did the ferry leave?"), [passage(TEXT, ("at six", 9.0))])
    assert quote.text == "The ferry Gannet left Port Wendle at six."
    assert quote.short == "at six"


def test_a_sentence_that_points_back_brings_the_one_before() -> None:
    (quote,) = quotes_for(
        Question.parse("How many passengers were there on the Gannet?"), [passage(TEXT, ("forty passengers", 9.0))]
    )
    assert quote.text == "The ferry Gannet left Port Wendle at six. She carried forty passengers."
    assert quote.short == "forty passengers"


def test_it_does_not_reach_over_a_paragraph() -> None:
    (quote,) = quotes_for(Question.parse("What was the weather?"), [passage(TEXT, ("It rained", 9.0))])
    assert quote.text == "It rained on Holm Island."


def test_two_sentences_side_by_side_that_both_answer_are_one_quote() -> None:
    found = passage(TEXT, ("forty passengers", 9.0), ("calm", 8.0))
    (quote,) = quotes_for(Question.parse("What was on the ferry?"), [found])
    assert quote.text.endswith("She carried forty passengers. The harbour was calm.") or quote.text.count(".") == 2
    assert quote.start <= TEXT.index("forty") < quote.end


def test_a_neighbour_far_behind_is_left_out() -> None:
    (quote,) = quotes_for(Question.parse("Who turned back?"), [passage(TEXT, ("Tom Hale", 9.0), ("rained", 3.0))])
    assert quote.text.startswith("The master, Tom Hale")


@pytest.mark.parametrize("filler", [20, 100])
def test_an_answer_stays_short(filler: int) -> None:
    text = f"{'word ' * filler}, the lamp was out; {'more ' * filler}. {'other ' * filler}ends."
    quotes = quotes_for(
        Question.parse("Why was it dark?", kind="reason"), [passage(text, ("the lamp was out", 9.0), ("ends", 8.5))]
    )
    assert sum(len(q.text.split()) for q in quotes) <= MAX_WORDS
    assert "the lamp was out" in quotes[0].text


def test_another_document_that_says_the_same_is_quoted_too() -> None:
    first = "Visitors must leave the tower by 18:30 on weekdays."
    second = "Visitors must leave the tower by 20:00 on weekdays."
    quotes = quotes_for(
        Question.parse("By what time must visitors leave?"),
        [
            passage(first, ("18:30", 9.0), source="2022.md"),
            passage(second, ("20:00", 8.0), source="2019.md", rank=2),
        ],
    )
    assert [q.short for q in quotes] == ["18:30", "20:00"]
    assert [q.passage.source for q in quotes] == ["2022.md", "2019.md"]
    assert all(q.passage.text[q.start : q.end] == q.text for q in quotes)


ARTICLE = (
    "Ferries urged to stop after fog inquest\n\nTwo unions want the ferries to stop in fog. “We call for a halt.\n\n"
    "“We wrote to the master. He has not replied.”"
)


def shown(question: str, *found: tuple[str, float], text: str = ARTICLE) -> list[str]:
    return [quote.shown for quote in quotes_for(Question.parse(question), [passage(text, *found)])]


def test_a_heading_is_not_quoted_with_the_sentence_that_answers() -> None:
    found = ("stop in fog", 9.0), ("urged to stop", 8.5)
    assert shown("What do the unions want?", *found) == ["Two unions want the ferries to stop in fog."]


def test_a_heading_that_answers_keeps_its_line() -> None:
    (quote,) = shown("What is the news?", ("urged to stop", 9.0), ("stop in fog", 8.5))
    assert quote.split("\n") == [
        "Ferries urged to stop after fog inquest",
        "Two unions want the ferries to stop in fog.",
    ]


@pytest.mark.parametrize(
    ("answer", "quote"),
    [
        ("a halt", '"We call for a halt."'),
        ("to the master", '"We wrote to the master."'),
        ("not replied", '"We wrote to the master. He has not replied."'),
    ],
)
def test_speech_is_quoted_with_both_its_marks(answer: str, quote: str) -> None:
    assert shown("What did the unions say of ferries?", (answer, 9.0)) == [quote]


def test_items_and_rows_keep_their_lines() -> None:
    text = "The ferry carries:\n- a raft for forty\n- two flares\n\nThe crew is four."
    assert shown("What does the ferry carry?", ("raft for forty\n- two flares", 9.0), text=text) == [
        "- a raft for forty\n- two flares"
    ]
