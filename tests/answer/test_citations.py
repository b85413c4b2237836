import re
from dataclasses import replace

import pytest
from chatkit import PASSAGES, QUESTION, answer, passage, stream
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.answer.answerer import REFUSAL
from rag.answer.citations import NOTHING_SUPPORTED
from rag.answer.reply import split_reply
from rag.schema import Trace
from rag.text.loose_markers import Citable

CONCLUDED = "The coroner concluded that her death was an accident, contributed to by neglect"
AGE = "She was 34 years old"
POLICY = "A new alarm policy was adopted in June 2020 by the board"

FORMS = [
    "[{}]",
    "【{}】",
    "［{}］",
    "(ID: {})",
    "[^{}]",
    "[source {}]",
    "[passage {}]",
    "[[{}]]",
    "【{}:0†report.txt】",
]
SENTENCES = [CONCLUDED, AGE, POLICY, "The moon is made of cheese", "Mara Ellison was 35", "“Yes,” said Peter Jones"]
marks = st.builds(str.format, st.sampled_from(FORMS), st.integers(0, 12))
written = st.lists(st.tuples(st.sampled_from(SENTENCES), st.lists(marks, max_size=3)), min_size=1, max_size=6)


def reply(sentences: list[tuple[str, list[str]]]) -> str:
    return " ".join(f"{text} {''.join(found)}." for text, found in sentences)


def words(text: str) -> list[str]:
    return re.findall(r"[A-Za-z]+", text)


@pytest.mark.parametrize(
    "form", ["[1]", "[1, 7]", "[1][9]", "【1】", "［1］", "(ID: 1)", "[^1]", "[1-2]", "[source 1]"]
)
@pytest.mark.parametrize("place", ["{text} {mark}.", "{text}. {mark}", "{text}.{mark}"])
def test_a_citation_in_any_form_becomes_a_marker_after_the_sentence(form: str, place: str) -> None:
    found = answer(place.format(text=AGE, mark=form))
    assert found.text == f"{AGE}. [1]"
    assert [(c.marker, c.source, c.quote) for c in found.citations] == [(1, "report.txt", f"{AGE}.")]
    assert found.status == "answered"


def test_markers_are_numbered_in_order_of_appearance_and_shared_by_the_same_words() -> None:
    found = answer(f"{POLICY} [2]. {AGE} [1]. {POLICY} [2].")
    assert found.text == f"{POLICY}. [1] {AGE}. [2] {POLICY}. [1]"
    assert [c.source for c in found.citations] == ["policy.txt", "report.txt"]


def test_markers_that_name_nothing_are_dropped_and_counted() -> None:
    found = answer(f"{AGE} [1][9][0].")
    assert (found.text, found.trace.dropped_markers) == (f"{AGE}. [1]", 2)


def test_what_is_not_borne_out_is_marked_and_makes_the_answer_partial() -> None:
    found = answer(f"{AGE} [1]. The hospital was sold to a circus [1]. She liked opera.")
    assert found.text == (f"{AGE}. [1] The hospital was sold to a circus. (unsupported) She liked opera. (not cited)")
    assert [s.support for s in found.sentences] == ["supported", "unsupported", "not_cited"]
    assert found.status == "partial"
    assert "2 of 3 sentences" in found.trace.notes[-1]


def test_what_is_not_borne_out_is_withdrawn_if_so_set() -> None:
    found = answer(f"The hospital was sold to a circus [1]. {AGE} [1].", unsupported_sentences="withdraw")
    assert (found.text, found.status) == (f"{AGE}. [1]", "partial")
    assert "withdrawn" in found.trace.notes[-1]


@pytest.mark.parametrize("setting", ["mark", "withdraw"])
def test_an_answer_of_which_nothing_holds_is_not_shown(setting: str) -> None:
    found = answer("The hospital was sold to a circus [1].", unsupported_sentences=setting)
    assert (found.text, found.status, found.confidence) == (NOTHING_SUPPORTED, "not_in_documents", 0.0)
    assert found.citations == ()
    assert found.passages == PASSAGES


@pytest.mark.parametrize(
    "refusal",
    [
        REFUSAL,
        f"**{REFUSAL}**",
        "The provided documents do not contain any information about that.",
        "I cannot find this in the passages.",
        "There is no information about the coroner in the passages [1].",
        "That is not mentioned in the sources [1][2].",
        "I'm sorry, but the text doesn't say who it was.",
    ],
)
def test_a_refusal_in_any_words_is_a_refusal(refusal: str) -> None:
    found = answer(refusal)
    assert (found.status, found.citations, found.sentences) == ("not_in_documents", (), ())
    assert found.text.startswith(REFUSAL)


def test_a_sentence_that_only_leads_to_what_is_cited_needs_no_citation() -> None:
    found = answer(f"According to the documents, the coroner concluded the following:\n\n- {CONCLUDED} [1]")
    assert found.status == "answered"
    assert found.text.endswith(f"• {CONCLUDED} [1]")


def test_an_answer_and_a_gap_is_partial() -> None:
    assert answer(f"{AGE} [1]. The documents do not say more.").status == "partial"


@pytest.mark.parametrize(
    "markup",
    [
        f"## Answer\n\n**{AGE}** [1].",
        f"<p>{AGE} <b>[1]</b>.</p>",
        f"[{AGE}](https://evil.example) [1].",
        f"{AGE} [1](https://evil.example/1).",
        f"{AGE} [1]. ![x](https://evil.example/p.png)",
        f"{AGE} [1].\n\n[1]: https://evil.example/1",
        f"{AGE} [1].\n\nSources:\n[1] report.txt",
        f"<think>{POLICY} [2].</think>{AGE} [1].",
    ],
)
def test_markup_links_pictures_and_lists_of_sources_are_gone_and_the_words_stay(markup: str) -> None:
    found = answer(markup)
    assert f"{AGE}. [1]" in found.text.replace(f"{AGE} [1].", f"{AGE}. [1]")
    assert len(found.citations) == 1
    assert not re.search(r"[<>*#!]|\]\(|evil|https", found.text)


def test_brackets_in_code_are_text_and_cite_nothing() -> None:
    found = answer(f"{AGE} [1]. It was `passages[2]` then.\n\n```\nx[1]\n```")
    assert [c.marker for c in found.citations] == [1]
    assert "passages[ 2 ]" in found.text and "x[ 1 ]" in found.text


def test_an_answer_is_never_emptied_by_taking_things_out() -> None:
    for nothing in ("[1]", "![x](y)", "<br>", "[1][2]."):
        found = answer(nothing)
        assert found.status in ("failed", "not_in_documents")
        assert found.text or found.error


def test_numbers_of_the_source_are_no_citations() -> None:
    noted = passage("It was raised with the trust [3]. The trust denied it [12].")
    found = answer("It was raised with the trust [3]. It was raised with the trust [1].", passages=(noted,))
    assert found.text == "It was raised with the trust. (not cited) It was raised with the trust. [1]"
    assert found.citations[0].quote == "It was raised with the trust [3]."


@settings(deadline=None)
@given(written)
def test_markers_and_citations_belong_together_one_to_one(sentences: list[tuple[str, list[str]]]) -> None:
    found = answer(reply(sentences))
    shown = [int(n) for n in re.findall(r"\[(\d+)\]", found.text)]
    assert list(dict.fromkeys(shown)) == [c.marker for c in found.citations] == list(range(1, len(found.citations) + 1))
    assert len({(c.source, c.start, c.end) for c in found.citations}) == len(found.citations)
    assert sorted({m for s in found.sentences for m in s.markers}) == [c.marker for c in found.citations]
    for sentence in found.sentences:
        assert found.text[sentence.start : sentence.end] == sentence.text
        assert bool(sentence.markers) == (sentence.support in ("supported", "partly"))
    for citation in found.citations:
        (cited,) = (p for p in PASSAGES if p.source == citation.source)
        assert cited.text[citation.start - cited.start : citation.end - cited.start] == citation.quote
    assert 0 <= found.confidence <= 1


@settings(deadline=None)
@given(written)
def test_no_word_is_lost_with_the_markers(sentences: list[tuple[str, list[str]]]) -> None:
    left = [word for piece in split_reply(reply(sentences), Citable(2)) for word in words(piece.text)]
    assert left == [word for text, _ in sentences for word in words(text)]


@settings(deadline=None, max_examples=50)
@given(written, st.data())
def test_it_does_not_matter_how_the_stream_is_cut(sentences: list[tuple[str, list[str]]], data: st.DataObject) -> None:
    text = reply(sentences)
    cuts = sorted(data.draw(st.sets(st.integers(1, len(text) - 1), max_size=12)))
    parts = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    answers = stream(*parts)
    assert replace(answers[-1], trace=Trace()) == replace(answer(text), trace=Trace())
    for growing in answers[:-1]:
        assert not re.search(r"\[\d*$|【|［", growing.text)
        assert growing.citations == answers[-1].citations[: len(growing.citations)] or not answers[-1].citations


@settings(deadline=None)
@given(st.text(st.sampled_from("ab1 .,[]()【】*_`<>!#-\n^:|\\&;\"'~") | st.characters(), max_size=80))
def test_whatever_is_written_the_answer_is_sound(text: str) -> None:
    found = answer(text)
    assert found.status != "answered" or found.citations
    assert found.text or found.error
    assert found.question == QUESTION


@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    "unit", ["[", "[1,", "[1] ", "*a ", "<b>", "a. ", "`", "> ", "- ", "[a](", "![", "\n\n", "\\["]
)
def test_hostile_replies_cost_linear_time(unit: str) -> None:
    split_reply((unit * 100_000)[:100_000], Citable(12, {"a.txt": (1,)}))
