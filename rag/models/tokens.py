"""Counting and truncating in the tokens of the encoder, and the text that is encoded for a chunk.

Imports no numpy, so that the processes that chunk files start quickly.
"""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from tokenizers import Tokenizer
from tokenizers.models import WordPiece

MAX_CHUNK_TOKENS = 254  # the model's 256, less [CLS] and [SEP]
MAX_PREFIX_TOKENS = 48
CACHED_WORDS = 1 << 16  # about 8 MB


class Tokens:
    """Counts the tokens of texts and truncates them, without loading the encoder."""

    def __init__(self, folder: Path):
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        # the bundled file sets truncation and padding to 128, which would make every count 128
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        # WordPiece splits at white space first: the counts of words add up, and the same words are common
        self._by_word = isinstance(self._tokenizer.model, WordPiece)
        self._count_word = lru_cache(maxsize=CACHED_WORDS)(lambda word: len(self.offsets(word)))

    def count(self, text: str) -> int:
        """Number of tokens of a text, without [CLS] and [SEP]."""
        return sum(map(self._count_word, text.split())) if self._by_word else len(self.offsets(text))

    def offsets(self, text: str) -> list[tuple[int, int]]:
        """(start, end) in code points of each token of a text."""
        return list(self._tokenizer.encode(text, add_special_tokens=False).offsets)

    def truncate(self, text: str, limit: int) -> str:
        """The longest beginning of a text that has at most `limit` tokens."""
        return text if self.count(text) <= limit else text[: self.offsets(text)[limit - 1][1]]


def encoded_text(tokens: Tokens, title: str, headings: Sequence[str], text: str) -> str:
    """The text that is encoded for a chunk: title and headings (at most 48 tokens), then the chunk; at most 254 tokens.

    `text` is the searchable copy of the chunk (`rag.text.normalize.searchable`).
    """
    path = " > ".join(dict.fromkeys([title, *headings]))
    prefix = tokens.truncate(path, MAX_PREFIX_TOKENS - 1)
    return tokens.truncate(f"{prefix}\n{text}" if prefix else text, MAX_CHUNK_TOKENS)
