import pytest
from evalkit import (
    DATE_QUOTE,
    NAME_QUOTE,
    PARK,
    POOL_QUOTE,
    answer,
    case,
    cite,
    passage,
    refusal,
    text_of,
    unanswerable,
    uncertain,
)

from eval.metrics.answer import Score, score
from eval.overlap import covers, holds, overlaps, words

MISS = passage("A fountain stands in the middle.")
HIT = passage(DATE_QUOTE)


def scores(the_case, the_answer):
    return score(the_case, the_answer, text_of)


def value(name, the_case, the_answer):
    return scores(the_case, the_answer)[name].value


def test_a_right_answer_scores_one_everywhere_it_can():
    found = scores(case(), answer())
    assert {s.value for name, s in found.items() if name not in ("refused_when_unanswerable", "uncertain")} == {1.0}
    assert found["uncertain"].value == 0.0
    assert found["refused_when_unanswerable"] == Score(None, "answerable")


def test_a_right_refusal_is_right_and_everything_else_does_not_apply():
    found = scores(unanswerable(), refusal())
    assert {name: s.value for name, s in found.items() if s.value is not None} == {
        "right": 1.0,
        "refused_when_unanswerable": 1.0,
        "uncertain": 0.0,
    }
    assert all(s.reason for s in found.values() if s.value is None)


def test_a_wrong_refusal_counts_against_answering_only():
    found = scores(case(), refusal())
    assert found["answered_when_answerable"].value == 0.0
    assert found["answer_hit"] == Score(None, "refused")
    assert found["answer_hit_all"].value == 0.0
    assert found["token_f1"] == Score(None, "refused")
    assert found["citation_precision"] == Score(None, "refused")
    assert found["hit@1"].value == 1.0


def test_the_closest_sentences_are_no_answer_however_right_they_are():
    found = scores(case(), uncertain())
    assert found["uncertain"].value == 1.0
    assert (found["right"].value, found["answered_when_answerable"].value, found["answer_hit_all"].value) == (0, 0, 0)
    for name in ("answer_hit", "exact_match", "token_f1", "citation_precision", "citation_recall"):
        assert found[name] == Score(None, "uncertain")
    assert value("verbatim_quotes", case(), uncertain()) == 1.0
    assert value("right", unanswerable(), uncertain()) == 1.0


def test_a_failed_answer_is_neither_answered_nor_refused():
    failed = refusal(status="failed", error="the model did not answer")
    assert value("answered_when_answerable", case(), failed) == 0.0
    assert value("refused_when_unanswerable", unanswerable(), failed) == 0.0
    assert scores(case(), failed)["answer_hit"] == Score(None, "failed")


def test_a_partial_answer_counts_as_answered():
    assert value("answer_hit", case(), answer(status="partial")) == 1.0
    assert value("refused_when_unanswerable", unanswerable(), answer(status="partial")) == 0.0


@pytest.mark.parametrize(
    ("passages", "expected"),
    [
        ([HIT], {"hit@1": 1, "hit@5": 1, "mrr": 1, "ndcg@10": 1, "recall@5": 1}),
        ([MISS, HIT], {"hit@1": 0, "hit@5": 1, "mrr": 0.5, "ndcg@10": 0.6309, "recall@5": 1}),
        ([MISS] * 5 + [HIT], {"hit@5": 0, "hit@10": 1, "mrr": 1 / 6, "recall@5": 0, "recall@10": 1}),
        ([MISS] * 10 + [HIT], {"hit@10": 0, "recall@10": 0, "mrr": 1 / 11, "ndcg@10": 0}),
        ([MISS], {"hit@10": 0, "mrr": 0, "ndcg@10": 0}),
        ([], {"hit@1": 0, "recall@10": 0, "mrr": 0, "ndcg@10": 0}),
        ([HIT, HIT, HIT], {"mrr": 1, "ndcg@10": 1, "recall@5": 1}),
    ],
)
def test_passages_are_scored_by_the_rank_of_the_gold_quote(passages, expected):
    found = scores(case(), answer(passages=tuple(passages)))
    assert {name: found[name].value for name in expected} == pytest.approx(expected, abs=1e-4)


def test_recall_counts_each_gold_quote_and_one_passage_may_cover_both():
    both = case(quotes=(("park.txt", DATE_QUOTE), ("pool.txt", POOL_QUOTE)))
    half = scores(both, answer(passages=(HIT,)))
    assert (half["hit@1"].value, half["recall@5"].value) == (1.0, 0.5)
    assert half["ndcg@10"].value == pytest.approx(1 / (1 + 0.6309), abs=1e-4)
    same_document = case(quotes=(("park.txt", DATE_QUOTE), ("park.txt", NAME_QUOTE)))
    assert value("recall@5", same_document, answer(passages=(passage(PARK.text),))) == 1.0
    assert value("ndcg@10", same_document, answer(passages=(passage(PARK.text),))) == 1.0


def test_the_right_words_of_another_source_are_no_hit():
    elsewhere = passage(DATE_QUOTE, source="pool.txt")
    assert value("hit@10", case(), answer(passages=(elsewhere,))) == 0.0


def test_an_answerable_case_without_quotes_has_no_retrieval_scores():
    found = scores(case(quotes=()), answer())
    assert found["hit@1"] == Score(None, "no gold quotes")
    assert found["citation_precision"] == Score(None, "no gold quotes")
    assert found["answer_hit"].value == 1.0


def test_half_of_the_trigrams_is_enough_and_less_is_not():
    quote = "one two three four five six"  # four trigrams
    assert covers("x one two three four y", quote)
    assert not covers("x one two three y four five", quote)
    assert covers("ONE, two: three—four", quote)
    assert covers("only two words", "two words")
    assert not covers("two only words", "two words")
    assert not covers("anything", "...")


def test_overlap_is_measured_on_the_shorter_text():
    assert overlaps("three four five", "one two three four five six seven eight")
    assert not overlaps("three four nine", "one two three four five six seven eight")
    assert not overlaps("", "one two three")


@pytest.mark.parametrize(
    ("text", "gold", "found"),
    [
        ("It opened on 3 May 1902.[1]", "3 May 1902", True),
        ("It opened on 13 May 1902.", "3 May 1902", False),
        ("The “Royal” Park, it was", "the royal park", True),
        ("It was the Royal[2] Park.", "Royal Park", True),
        ("between 1901–1902 or so", "1902", True),
        ("Lowe's drawings", "Lowe", True),
        ("Lowestoft", "Lowe", False),
        ("May [3] 1902", "May 3 1902", False),
        ("his blood group was A", "A", True),
        ("the end", "A", False),
        ("café", "cafe\u0301", True),
        ("1,500 people", "1,500", True),
        ("anything", "?", False),
        ("", "3 May 1902", False),
    ],
)
def test_a_gold_answer_stands_on_word_boundaries(text, gold, found):
    assert holds(text, gold) is found


def test_an_answer_of_more_than_sixty_words_is_no_hit():
    padding = "word " * 57
    assert value("answer_hit", case(), answer(f"{padding}3 May 1902 [1]")) == 1.0
    assert value("answer_hit", case(), answer(f"{padding}on 3 May 1902 [1]")) == 0.0


def test_any_of_the_gold_answers_will_do():
    several = case(answers=("Ada Lowe", "3 May 1902"))
    assert value("answer_hit", several, answer()) == 1.0
    assert value("exact_match", several, answer(short="the 3 May 1902!")) == 1.0
    assert value("token_f1", several, answer(short="May 1902")) == pytest.approx(0.8)


def test_an_answer_without_a_short_span_scores_zero_for_it():
    assert value("exact_match", case(), answer(short=None)) == 0.0
    assert value("token_f1", case(), answer(short=None)) == 0.0


def test_a_paragraph_as_gold_answer_is_not_compared_as_a_string():
    found = scores(case(tags=("long",)), answer())
    assert found["answer_hit"] == Score(None, "gold answer is a paragraph")
    assert found["answer_hit_all"].value is None
    assert found["right"].value is None
    assert found["citation_precision"].value == 1.0


def test_citation_precision_is_the_share_that_carries_evidence():
    two = answer(quotes=(DATE_QUOTE, "A fountain stands in the middle."))
    assert value("citation_precision", case(), two) == 0.5
    assert scores(case(), answer(quotes=()))["citation_precision"] == Score(None, "no citations")


def test_a_citation_with_the_gold_answer_carries_evidence_only_in_a_gold_source():
    other_wording = case(answers=("Ada Lowe",), quotes=(("park.txt", "Lowe drew it all."),))
    assert value("citation_precision", other_wording, answer(quotes=(NAME_QUOTE,))) == 1.0
    copied = answer(citations=(cite(NAME_QUOTE, source="pool.txt"),))
    assert value("citation_precision", other_wording, copied) == 0.0


def test_citation_recall_is_the_share_of_gold_quotes_that_is_cited():
    both = case(quotes=(("park.txt", DATE_QUOTE), ("pool.txt", POOL_QUOTE)))
    assert value("citation_recall", both, answer()) == 0.5
    cited = answer(citations=(cite(DATE_QUOTE), cite(POOL_QUOTE, "pool.txt", 2)))
    assert value("citation_recall", both, cited) == 1.0
    assert value("citation_recall", both, answer(quotes=())) == 0.0


def test_a_quote_is_verbatim_only_at_its_very_offsets():
    good = cite(DATE_QUOTE)
    bad = [
        cite("The park opened in 1902."),
        good.__class__(2, "park.txt", None, good.start + 1, good.end + 1, DATE_QUOTE),
        good.__class__(3, "lost.txt", None, 0, 4, "The "),
        good.__class__(4, "park.txt", None, 0, 0, ""),
        good.__class__(5, "park.txt", None, -5, -1, PARK.text[-5:-1]),
    ]
    assert value("verbatim_quotes", case(), answer(citations=(good,))) == 1.0
    for citation in bad:
        assert value("verbatim_quotes", case(), answer(citations=(good, citation))) == 0.5
    assert scores(unanswerable(), answer())["verbatim_quotes"].value == 1.0


def test_words_are_runs_of_letters_and_digits():
    assert words("Mr. O’Neill_paid £1,500!") == ["mr", "o", "neill", "paid", "1", "500"]
