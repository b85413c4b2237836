"""Jobs of several owners are done in turn, and files of one owner together."""

from pathlib import Path

import pytest

from rag.errors import DocumentError
from rag.ui.indexing.job_queue import MAX_PARSING_EACH, MAX_WRITTEN, JobQueue
from rag.ui.indexing.jobs import Job

UNREADABLE = DocumentError("it has no text")


@pytest.fixture
def queue() -> JobQueue:
    return JobQueue()


def add(queue: JobQueue, *names: str, kind: str = "file") -> list[Job]:
    """Jobs named after their owner: "anna 1" is one of anna's."""
    return [queue.add(Job(name.split()[0], kind, name, Path(name))) for name in names]


def parsed(queue: JobQueue, *jobs: Job) -> None:
    for job in jobs:
        queue.has_parsed(job, UNREADABLE)


def names(jobs: list[Job]) -> list[str]:
    return [job.name for job in jobs]


def test_owners_have_their_files_parsed_in_turn(queue: JobQueue) -> None:
    add(queue, "anna 1", "anna 2", "anna 3", "bob 1", "cleo 1")
    order = []
    while job := queue.next_to_parse(0):
        order.append(job.name)
        parsed(queue, job)
    assert order == ["anna 1", "bob 1", "cleo 1", "anna 2", "anna 3"]


def test_a_few_files_of_one_owner_are_parsed_at_a_time(queue: JobQueue) -> None:
    jobs = add(queue, *(f"anna {number}" for number in range(5)))
    taken = [queue.next_to_parse(0) for _ in range(MAX_PARSING_EACH)]
    assert taken == jobs[:MAX_PARSING_EACH] and queue.next_to_parse(0) is None
    parsed(queue, jobs[0])
    assert queue.next_to_parse(0) is jobs[MAX_PARSING_EACH]


def test_files_of_one_owner_are_written_together_and_owners_in_turn(queue: JobQueue) -> None:
    parsed(queue, *add(queue, *(f"anna {number}" for number in range(MAX_WRITTEN + 1)), "bob 1"))
    written = [queue.next_to_write(0) for _ in range(3)]
    assert [len(jobs) for jobs in written] == [MAX_WRITTEN, 1, 1]
    assert names(written[1]) == ["bob 1"]
    assert queue.next_to_write(0) == []


def test_a_removal_comes_first_and_what_crashed_is_tried_alone(queue: JobQueue) -> None:
    one, two, three = add(queue, "anna 1", "anna 2", "anna 3")
    parsed(queue, one, two, three)
    add(queue, "bob 1", kind="removal")
    assert names(queue.next_to_write(0)) == ["bob 1"]
    one.alone = True
    assert [names(queue.next_to_write(0)) for _ in range(2)] == [["anna 1"], ["anna 2", "anna 3"]]


def test_a_finished_job_can_be_taken_off_the_list(queue: JobQueue) -> None:
    one, two = add(queue, "anna 1", "anna 2")
    one.fail("it has no text")
    queue.remove_finished("anna")
    assert queue.of("anna") == [two] and queue.of("bob") == []


def test_a_closed_queue_gives_out_nothing(queue: JobQueue) -> None:
    parsed(queue, *add(queue, "anna 1"))
    add(queue, "anna 2")
    queue.close()
    assert queue.next_to_parse(60) is None and queue.next_to_write(60) == []
