"""Conversations are kept whole, found again, and are nobody else's."""

import json
import sqlite3
import threading
from pathlib import Path

import pytest
from answerkit import ANSWERS, answer, refusal
from hypothesis import given, settings

from rag.errors import ConversationMissing, StorageError
from rag.schema import Answer, answer_from_dict
from rag.store.conversations import FILE, MIGRATIONS, Conversations


@pytest.fixture
def kept(tmp_path: Path):
    with Conversations(tmp_path / "data") as conversations:
        yield conversations


def begin(kept: Conversations, *questions: str, owner: str = "") -> str:
    conversation = kept.create(owner)
    for question in questions:
        kept.append(conversation, owner, answer(question))
    return conversation


def titles(kept: Conversations, search: str = "", owner: str = "") -> list[str]:
    return [info.title for info in kept.find(owner, search)]


@given(ANSWERS)
@settings(deadline=None)
def test_an_answer_survives_json_unchanged(found: Answer) -> None:
    assert answer_from_dict(json.loads(json.dumps(found.to_dict()))) == found
    assert answer_from_dict(found.to_dict()) == found


def test_a_conversation_comes_back_whole_after_a_restart(tmp_path: Path) -> None:
    with Conversations(tmp_path) as kept:
        conversation = kept.create("")
        assert kept.append(conversation, "", answer()) == 1
        assert kept.append(conversation, "", refusal()) == 2
    with Conversations(tmp_path) as kept:
        turns = kept.turns(conversation, "")
        (info,) = kept.find("")
    assert [turn.answer for turn in turns] == [answer(), refusal()]
    assert [turn.number for turn in turns] == [1, 2]
    assert (info.id, info.title, info.turns) == (conversation, "When did the park open?", 2)
    assert info.updated >= turns[0].at


def test_the_list_is_newest_first_and_leaves_out_what_was_never_asked(kept: Conversations) -> None:
    old = begin(kept, "The old question?")
    begin(kept, "The new question?")
    kept.create("")
    assert titles(kept) == ["The new question?", "The old question?"]
    kept.append(old, "", answer("And then?"))
    assert titles(kept) == ["The old question?", "The new question?"]


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("  Who\n opened\tit? ", "Who opened it?"),
        ("word " * 40, "word " * 13 + "word…"),
        ("x" * 100, "x" * 69 + "…"),
        ("\u202eevil\x1b[31m question", "evil[31m question"),
    ],
)
def test_the_first_question_shortened_is_the_title(kept: Conversations, question: str, title: str) -> None:
    begin(kept, question, "Something else?")
    assert titles(kept) == [title]


def test_renaming_lasts_and_nothing_is_no_name(kept: Conversations) -> None:
    conversation = begin(kept, "First?")
    kept.rename(conversation, "", "The <b>park</b> file")
    kept.rename(conversation, "", " \n ")
    kept.append(conversation, "", answer("Second?"))
    kept.replace_last(conversation, "", answer("Third?"))
    assert titles(kept) == ["The <b>park</b> file"]


def test_an_edited_question_takes_the_place_of_the_last_turn_and_of_the_title(kept: Conversations) -> None:
    conversation = begin(kept, "Wehn did it open?")
    assert kept.replace_last(conversation, "", answer("When did it open?")) == 1
    kept.append(conversation, "", answer("Who drew it?"))
    assert kept.replace_last(conversation, "", answer("Who designed it?")) == 2
    assert [turn.answer.question for turn in kept.turns(conversation, "")] == ["When did it open?", "Who designed it?"]
    assert titles(kept) == ["When did it open?"]
    assert not titles(kept, "wehn") and not titles(kept, "drew")


def test_replacing_in_an_empty_conversation_begins_it(kept: Conversations) -> None:
    conversation = kept.create("")
    assert kept.replace_last(conversation, "", answer()) == 1


def test_search_finds_words_of_questions_answers_and_titles(kept: Conversations) -> None:
    begin(kept, "When did the park open?")
    other = kept.create("")
    kept.append(other, "", refusal("Où est le café?"))
    kept.rename(other, "", "Holidays")
    assert titles(kept, "designer") == ["When did the park open?"]
    assert titles(kept, "desi low") == ["When did the park open?"]
    assert titles(kept, "CAFE") == ["Holidays"]
    assert titles(kept, "liday") == ["Holidays"]
    assert titles(kept, "designer café") == []
    assert len(titles(kept, "  ")) == 2


@pytest.mark.parametrize(
    "search",
    ['"', "'; DROP TABLE turns; --", "park AND", "NEAR(park open)", "question:park*", "***", "(", "%", "\0", "\ud800",
     "a" * 10_000, "park " * 1000, "-park", "{question}: park", "_"],
)  # fmt: skip
def test_no_search_breaks_anything(kept: Conversations, search: str) -> None:
    begin(kept, "When did the park open?")
    titles(kept, search)
    assert titles(kept) == ["When did the park open?"]


def test_nobody_reaches_a_conversation_of_somebody_else(kept: Conversations) -> None:
    conversation = begin(kept, "What did Anna ask?", owner="anna")
    for owner in ("bob", "", "ANNA", "anna' OR '1'='1"):
        assert kept.find(owner) == [] == kept.find(owner, "Anna")
        for attempt in (
            lambda who: kept.turns(conversation, who),
            lambda who: kept.title(conversation, who),
            lambda who: kept.append(conversation, who, answer()),
            lambda who: kept.replace_last(conversation, who, answer()),
            lambda who: kept.rename(conversation, who, "mine"),
            lambda who: kept.delete(conversation, who),
        ):
            with pytest.raises(ConversationMissing, match="begin a new one"):
                attempt(owner)
    assert titles(kept, owner="anna") == ["What did Anna ask?"]
    assert len(kept.turns(conversation, "anna")) == 1


def test_what_is_deleted_is_gone_from_the_disk(tmp_path: Path) -> None:
    with Conversations(tmp_path) as kept:
        conversation = begin(kept, "What about the Zanzibarquestion?")
        begin(kept, "Another one?")
        kept.delete(conversation, "")
        assert titles(kept) == ["Another one?"]
        assert titles(kept, "zanzibarquestion") == []
        with pytest.raises(ConversationMissing):
            kept.turns(conversation, "")
        for path in tmp_path.iterdir():
            assert b"anzibarquestion" not in path.read_bytes().lower()


def test_an_unknown_id_is_told_plainly(kept: Conversations) -> None:
    for conversation in ("", "nothing", "\ud800", "x' OR 1=1 --"):
        with pytest.raises(ConversationMissing):
            kept.turns(conversation, "")


def test_many_threads_write_at_once(kept: Conversations) -> None:
    conversation = kept.create("")
    errors: list[Exception] = []

    def write(number: int) -> None:
        try:
            for _ in range(5):
                kept.append(conversation, "", answer(f"Question {number}?"))
                kept.find("", "park")
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=write, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    assert [turn.number for turn in kept.turns(conversation, "")] == list(range(1, 41))


def test_a_file_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    Conversations(tmp_path).close()
    with sqlite3.connect(tmp_path / FILE) as db:
        db.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    db.close()
    with pytest.raises(StorageError, match="newer version"):
        Conversations(tmp_path)
