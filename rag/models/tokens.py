"""The encoder's tokens, and the text that is encoded for a chunk: what cutting needs, without what encoding needs."""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from tokenizers import Tokenizer
from tokenizers.models import WordPiece

MAX_TOKENS = 254  # 256 of the model, less [CLS] and [SEP]
PREFIX_TOKENS = 48
WORDS_KEPT = 1 << 16  # about 8 MB


class Tokens:
    """Counts and cuts in the encoder's tokens, without loading the encoder."""

    def __init__(self, folder: Path):
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        # the bundled file has a truncation and a padding of 128 baked in, which would make every count 128
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        # WordPiece never looks over white space, so the counts of words add up, and the same words come again and again
        self._by_word = isinstance(self._tokenizer.model, WordPiece)
        self._count_word = lru_cache(maxsize=WORDS_KEPT)(lambda word: len(self.offsets(word)))

    def count(self, text: str) -> int:
        """Number of tokens of a text, without [CLS] and [SEP]."""
        return sum(map(self._count_word, text.split())) if self._by_word else len(self.offsets(text))

    def offsets(self, text: str) -> list[tuple[int, int]]:
        """(start, end) in code points of each token of a text."""
        return list(self._tokenizer.encode(text, add_special_tokens=False).offsets)

    def cut(self, text: str, limit: int) -> str:
        """The longest head of a text that has at most `limit` tokens."""
        return text if self.count(text) <= limit else text[: self.offsets(text)[limit - 1][1]]


def encoded_text(tokens: Tokens, title: str, headings: Sequence[str], text: str) -> str:
    """What is encoded for a chunk: title and headings in front (at most 48 tokens), at most 254 tokens in all.

    `text` is the searchable copy of the chunk (rag.text.searchable).
    """
    path = " > ".join(dict.fromkeys([title, *headings]))
    prefix = tokens.cut(path, PREFIX_TOKENS - 1)
    return tokens.cut(f"{prefix}\n{text}" if prefix else text, MAX_TOKENS)
