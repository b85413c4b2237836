"""Many people at one page: nobody gets an error, everybody a turn and a position, also while files are indexed."""

import asyncio
import time
from pathlib import Path

import httpx
from browserkit import served
from chatserver import ChatServer, serving
from indexkit import build, settings, text

from eval.bench.clients import Asked, PageClient, ask_all_at_once
from eval.bench.load import synthetic_prose

QUESTION = "who painted the lamp room of topic {}?"


def questions(count: int) -> list[str]:
    return [QUESTION.format(number) for number in range(count)]


def test_thirty_people_at_once_are_all_answered_and_see_their_place_in_the_queue(tmp_path: Path) -> None:
    (tmp_path / "harbour.txt").write_text(text(1))
    with serving(ChatServer(["The harbour of topic 1 has gate 31 [1]."], delay=0.2)) as chat:
        model = {"chat_model": "openai:m", "chat_base_url": f"{chat.address}/v1"}
        at = settings(tmp_path, rerank_top_k=0, **model)
        build(tmp_path / "harbour.txt", into=at)
        with served(at) as address:
            found: list[Asked] = asyncio.run(ask_all_at_once(PageClient(address, "openai:m"), questions(30)))
    assert [one.error for one in found if one.error] == []
    positions = [one.positions for one in found if one.positions]
    assert len(positions) >= 15
    assert all(list(seen) == sorted(seen, reverse=True) for seen in positions)  # nobody is overtaken
    assert max(map(max, positions)) <= 30


def test_questions_are_answered_while_files_are_indexed(tmp_path: Path) -> None:
    (tmp_path / "harbour.txt").write_text(text(1))
    at = settings(tmp_path, answer_threshold=0.0, rerank_top_k=0)
    build(tmp_path / "harbour.txt", into=at)
    with served(at) as address:
        for number in range(4):
            content = synthetic_prose(0.2, seed=number).encode()
            sent = httpx.put(f"{address}/documents/large{number}.txt", content=content, headers={"origin": address})
            assert sent.status_code == 202
        door, busy = PageClient(address), 0
        for _ in range(2):
            found = asyncio.run(ask_all_at_once(door, questions(10)))
            assert [one.error for one in found if one.error] == []
            busy += "data-busy" in httpx.get(f"{address}/jobs").text
        assert busy
        for _ in range(600):
            if "data-busy" not in (jobs := httpx.get(f"{address}/jobs").text):
                break
            time.sleep(0.1)
        assert jobs.count("job done") == 4, jobs
