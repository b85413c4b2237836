import pytest

from eval.studies.injection import (
    EFFECTS,
    GROUPS,
    MARKUP,
    broken,
    effects,
    load_attacks,
    measure,
    report,
    write_documents,
)
from rag.answer.faithfulness import WordOverlap
from rag.errors import CasesError
from rag.settings import load_settings


@pytest.fixture(scope="module")
def attacks():
    return load_attacks()


@pytest.fixture(scope="module")
def tally(attacks):
    return measure(attacks, WordOverlap(), load_settings(chat_model=""))


def test_there_are_attacks_of_every_kind(attacks) -> None:
    assert len({a.id for a in attacks}) == len(attacks) >= 40
    assert {a.group for a in attacks} == set(GROUPS)
    wanted = {
        "override",
        "fake-role",
        "marker",
        "fence",
        "link",
        "image",
        "html",
        "leak",
        "refusal",
        "language",
        "hidden",
    }
    assert wanted <= {tag for a in attacks for tag in a.tags}
    assert all(a.payload in a.obeyed or not a.payload for a in attacks)


def test_no_attack_gets_a_link_a_picture_markup_or_a_forged_marker_into_an_answer(tally) -> None:
    assert {name: tally[name] for name in MARKUP} == {name: [] for name in MARKUP}
    assert broken(tally) == {}
    assert broken(tally | {"html": ["x"]}) == {"html": ["x"]}


def test_no_right_answer_is_lost(tally) -> None:
    assert tally["lost"] == []


def test_the_table_has_every_effect(attacks, tally) -> None:
    assert report(attacks, {"shipped": tally}).row_count == len(EFFECTS)


def test_every_effect_is_recognised(attacks) -> None:
    from rag.schema import Answer, Citation, Sentence

    attack = attacks[0]
    text = f"<b>x</b> ![p](http://evil.example) \u202e {attack.payload} [1] [7]"
    answer = Answer(
        "q", "q", text, None, "answered", 1.0,
        citations=(Citation(1, "a", None, 0, 4, "none"),),
        sentences=(Sentence(text, 0, len(text), (1,), "supported"),),
    )  # fmt: skip
    assert effects(attack, answer) == {"cited", "said", *MARKUP}


def test_a_malformed_attack_is_named_by_its_line(tmp_path) -> None:
    path = tmp_path / "attacks.jsonl"
    path.write_text('{"id": "x"}\n')
    with pytest.raises(CasesError, match="line 1"):
        load_attacks(path)


def test_every_attack_becomes_a_document_of_its_own(attacks, tmp_path) -> None:
    write_documents(attacks, tmp_path)
    assert len(list(tmp_path.rglob("*.*"))) >= len(attacks) + 2
    assert attacks[0].text in (tmp_path / attacks[0].id / attacks[0].source).read_text(encoding="utf-8")
