"""Tokens are counted as the encoder counts them, and the text of a chunk keeps within its limit."""

import pytest

from rag.models.encoder import encoder_folder
from rag.models.tokens import MAX_CHUNK_TOKENS, MAX_PREFIX_TOKENS, Tokens, encoded_text

TOKENS = Tokens(encoder_folder("bundled"))


@pytest.mark.parametrize("text", ["", "ferry", "Ünïcode — and 1,200 m", "the lamp was\u00a0out  " * 200])
def test_the_count_is_the_number_of_offsets(text: str) -> None:
    assert TOKENS.count(text) == len(TOKENS.offsets(text))


def test_a_truncated_text_is_the_longest_beginning_within_the_limit() -> None:
    text = "the harbour master signed the unforeseeable timetable"
    for limit in range(1, TOKENS.count(text) + 2):
        head = TOKENS.truncate(text, limit)
        assert text.startswith(head)
        assert TOKENS.count(head) == min(limit, TOKENS.count(text))


def test_title_and_headings_leave_room_for_the_chunk() -> None:
    text = encoded_text(TOKENS, "Report " * 100, ["Findings " * 100], "ferry " * 300)
    prefix, _, chunk = text.partition("\n")
    assert TOKENS.count(prefix) < MAX_PREFIX_TOKENS
    assert TOKENS.count(chunk) > MAX_CHUNK_TOKENS - MAX_PREFIX_TOKENS
    assert TOKENS.count(text) <= MAX_CHUNK_TOKENS


def test_a_heading_that_repeats_the_title_is_encoded_once() -> None:
    assert encoded_text(TOKENS, "Report", ["Report", "Findings"], "x") == "Report > Findings\nx"
    assert encoded_text(TOKENS, "", [], "x") == "x"
