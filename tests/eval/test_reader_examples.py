"""The reader's training examples: an answer stands where it is said to, twins differ, and a run can be resumed."""

import json
from pathlib import Path

import numpy as np
import pytest

from eval.train.data import mine, read_squad
from eval.train.examples import Examples, read_lexicon
from eval.train.swaps import make_unanswerable
from eval.train.wordnet import Lexicon, inflected
from rag.errors import ConfigError
from rag.models.hash_encoder import HashEncoder

PARAGRAPHS = [
    "The lighthouse at Skerrow Point was built in 1871 by Ada Lowe. It increased the safety of ships in the northern "
    "strait. Its lamp burned colza oil until 1904. In that year the keeper, Tom Hale, bought a new lamp in London.",
    "Port Wendle lies south of Skerrow Point. Its harbour was opened in 1822 by the Wendle Company. Ferries leave for "
    "Holm Island every morning. The harbour froze in the winter of 1895, and the ferry Gannet stayed in port.",
]
ASKED = [
    ("Who built the lighthouse at Skerrow Point in 1871?", "Ada Lowe", 0),
    ("What did Tom Hale buy in London?", "a new lamp", 0),
    ("When was the harbour of Port Wendle opened?", "1822", 1),
    ("Where do ferries leave for every morning?", "Holm Island", 1),
]
NOUNS = """\
00000001 03 n 01 lighthouse 0 001 @ 00000009 n 0000 | a tower
00000002 03 n 01 harbour 0 001 @ 00000009 n 0000 | a place for ships
00000003 03 n 02 lamp 0 light 0 001 @ 00000009 n 0000 | gives light
00000009 03 n 01 structure 0 003 ~ 00000001 n 0000 ~ 00000002 n 0000 ~ 00000003 n 0000 | a thing
"""
NOUN_INDEX = """\
harbour n 1 1 @ 1 1 00000002
lamp n 1 1 @ 1 1 00000003
light n 1 1 @ 1 1 00000003
lighthouse n 1 1 @ 1 1 00000001
structure n 1 1 ~ 1 1 00000009
"""
VERBS = """\
00000011 30 v 01 open 0 001 ! 00000012 v 0101 01 + 08 00 | make open
00000012 30 v 01 close 0 001 ! 00000011 v 0101 01 + 08 00 | make shut
"""
VERB_INDEX = "close v 1 1 ! 1 1 00000012\nopen v 1 1 ! 1 1 00000011\n"


@pytest.fixture(scope="module")
def squad(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("squad") / "train.json"
    paragraphs = [
        {
            "context": text,
            "qas": [
                {"id": q, "question": q, "answers": [{"text": a, "answer_start": text.index(a)}]}
                for q, a, where in ASKED
                if where == number
            ],
        }
        for number, text in enumerate(PARAGRAPHS)
    ]
    path.write_text(json.dumps({"data": [{"title": "Skerrow_Point", "paragraphs": paragraphs}]}), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def wordnet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wordnet")
    files = {"data.noun": NOUNS, "index.noun": NOUN_INDEX, "data.verb": VERBS, "index.verb": VERB_INDEX}
    for name in ("data.adj", "index.adj", "data.adv", "index.adv"):
        files[name] = "  a line of the licence\n"
    for name, text in files.items():
        (folder / name).write_text(text, encoding="ascii")
    return folder


@pytest.fixture(scope="module")
def lexicon(wordnet: Path) -> Lexicon:
    articles = [type("Article", (), {"paragraphs": ["lighthouse harbour lamp light open opened close closed " * 20]})()]
    found = read_lexicon(wordnet, articles, [])
    assert found
    return found


@pytest.fixture(scope="module")
def examples(squad: Path, lexicon: Lexicon, tmp_path_factory: pytest.TempPathFactory) -> Examples:
    articles, questions = read_squad(squad)
    mined = mine(articles, questions, HashEncoder().encode, tmp_path_factory.mktemp("mined"))
    return Examples(articles, questions, mined, 7, lexicon)


def test_an_answer_stands_where_it_is_said_to(examples: Examples) -> None:
    gold = {answer for _, answer, _ in ASKED}
    found = [w for number in range(400) for w in examples.group(number) if w.start >= 0]
    from_squad = [w for w in found if w.text[w.start : w.end] in gold]
    assert len(from_squad) > 0.8 * len(found)  # the others are forms and inquests
    assert all(0 <= w.start < w.end <= len(w.text) for w in found)


def test_an_unanswerable_twin_differs_from_its_positive(examples: Examples) -> None:
    twins = 0
    for number in range(200):
        positive, *others = examples.group(number)
        for other in others:
            assert other.start < 0 or other.text != positive.text
            assert (other.question, other.text) != (positive.question, positive.text)
        twins += any(w.start < 0 for w in others)
    assert twins > 100


def test_a_run_can_be_resumed(examples: Examples, squad: Path) -> None:
    articles, questions = read_squad(squad)
    again = Examples(articles, questions, examples.mined, 7, examples.lexicon)
    assert [again.group(n) for n in (0, 17, 301)] == [examples.group(n) for n in (0, 17, 301)]


def test_words_get_others_in_the_same_form(lexicon: Lexicon) -> None:
    assert lexicon.opposites("opened") == ("closed",)
    assert set(lexicon.siblings("lamp")) == {"lighthouse", "harbour"}
    assert lexicon.synonyms("lamp") == ("light",)
    assert lexicon.opposites("colza") == ()


@pytest.mark.parametrize(
    ("lemma", "ending", "form"),
    [("study", "s", "studies"), ("close", "ed", "closed"), ("stop", "ing", "stopping"), ("box", "s", "boxes")],
)
def test_regular_forms(lemma: str, ending: str, form: str) -> None:
    assert inflected(lemma, ending) == form


def test_a_question_is_made_unanswerable_by_rule() -> None:
    class First:
        """Draws what comes first."""

        def random(self) -> float:
            return 0.5

        def choice(self, items: list[object]) -> object:
            return items[0]

        def shuffle(self, items: list[object]) -> None:
            pass

    changed = make_unanswerable("Who built the lighthouse in 1871?", PARAGRAPHS[0], (), First())
    assert changed
    assert changed != "Who built the lighthouse in 1871?"
    assert "1871" not in changed


def test_missing_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="has no WordNet"):
        read_lexicon(tmp_path, [], [])


def test_mined_negatives_do_not_hold_the_answer(examples: Examples) -> None:
    for row, question in enumerate(examples.questions):
        for number in examples.mined.near[row][examples.mined.near[row] >= 0]:
            article, paragraph, start, end = examples.mined.windows[int(number)]
            window = examples.articles[article].paragraphs[paragraph][start:end]
            assert not any(text in window for text, _ in question.answers)
    assert np.any(examples.mined.near >= 0)
