"""The reader: one small model that scores a window of text for a question and finds the answer span in it.

One pass over pairs of question and window gives the relevance for reranking and the span for quoting; where both are
low, the question is refused. Trained by `python -m eval.train.reader`; MODEL_CARD.md has data, figures and
limits. Without its weights, retrieval and answers work on keywords and vectors alone.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from tokenizers import Encoding, Tokenizer

from rag.models.encoder import encoder_folder
from rag.models.graph_encoder import batches, padded_length
from rag.models.network import Backend, open_backend
from rag.settings import Settings

WEIGHTS = Path(__file__).parent / "reader.safetensors"
MAX_PAIR_TOKENS = 192  # of question, title and window together
MAX_QUESTION, MAX_TITLE = 300, 80  # characters
MAX_SPAN_TOKENS = 30
BATCH_TOKENS = 512  # enough to use every core, few enough that the pairs of a batch are of like length
_PUNCTUATION = ".,;:?!'\"()"
NO_SPAN = -100.0  # logit of a window without a token

Offsets = tuple[int, int]
"""Start and end, in characters."""


class Pair(NamedTuple):
    """A question, the heading in front of a window (see `heading`), and the text of the window."""

    question: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Prediction:
    """The best span of a window, `text[start:end]`.

    `span`: its start and end logits added; `relevance`: logit that the window answers the question at all.
    """

    start: int
    end: int
    span: float
    relevance: float


@dataclass(frozen=True)
class Batch:
    """Padded tokens of pairs: int64 `ids`, `mask`, `types` [n, length]; `inside` is true for tokens of the window.

    `offsets` [n, length, 2]: start and end of each token in the text of the window.
    """

    ids: np.ndarray
    mask: np.ndarray
    types: np.ndarray
    inside: np.ndarray
    offsets: np.ndarray


class Reader:
    """Scores windows for questions and extracts answer spans; as thread-safe as its backend."""

    def __init__(self, backend: Backend, tokenizer: Tokenizer, batch_tokens: int = BATCH_TOKENS):
        self._backend, self._tokenizer, self._batch_tokens = backend, tokenizer, batch_tokens

    def read(self, pairs: Sequence[Pair]) -> list[Prediction]:
        """The best span of each pair, in the order given."""
        whole = self.read_parts(pairs, [[(0, len(pair.text))] for pair in pairs])
        return [spans[0] if spans else Prediction(0, 0, NO_SPAN, NO_SPAN) for spans in whole]

    def read_parts(self, pairs: Sequence[Pair], parts: Sequence[Sequence[Offsets]]) -> list[list[Prediction]]:
        """The best span in each part of the text of each pair; a part without tokens has none.

        Pairs of like length run together.
        """
        encoded = _encode(self._tokenizer, pairs)
        predictions: dict[int, list[Prediction]] = {}
        for rows, length in batches([len(e.ids) for e, _ in encoded], self._batch_tokens):
            batch = _pad([encoded[i] for i in rows], length)
            spans, relevance, _ = self._backend.run(batch.ids, batch.mask, batch.types)
            for place, i in enumerate(rows):
                tokens = np.flatnonzero(batch.inside[place])
                at, logits = batch.offsets[place, tokens], spans[place, tokens]
                predictions[i] = _best_spans(at, logits, float(relevance[place]), parts[i])
        return [predictions[i] for i in range(len(pairs))]

    def names(self, question: str) -> list[str]:
        """The names of people, places and things in a question, as they are spelled, however that is.

        Learnt from the capitals of questions, which the network itself does not see.
        """
        (pair,) = _encode(self._tokenizer, [Pair(question, "", "")])
        encoded = pair[0]
        batch = _pad([pair], padded_length(len(encoded.ids)))
        logits = self._backend.run(batch.ids, batch.mask, batch.types).names[0]
        of_question = [i for i, sequence in enumerate(encoded.sequence_ids) if sequence == 0]
        found: list[Offsets] = []
        for start, end, logit in _whole_words([(*encoded.offsets[i], float(logits[i])) for i in of_question]):
            if logit <= 0:
                continue
            if found and question[found[-1][1] : start] in (" ", ""):
                found[-1] = (found[-1][0], end)
            else:
                found.append((start, end))
        return [name for start, end in found if (name := question[start:end].strip(_PUNCTUATION))]


def _whole_words(tokens: Sequence[tuple[int, int, float]]) -> Iterator[tuple[int, int, float]]:
    """Tokens (start, end, logit) that touch each other, as one with their mean logit."""
    word: list[tuple[int, int, float]] = []
    for token in (*tokens, (-1, -1, 0.0)):
        if word and token[0] != word[-1][1]:
            yield word[0][0], word[-1][1], sum(logit for _, _, logit in word) / len(word)
            word = []
        word.append(token)


def load_reader(settings: Settings, path: Path = WEIGHTS) -> Reader | None:
    """The reader on the runtime of the encoder, or None where its weights are missing.

    It has the shape and the tokenizer of the bundled encoder, whichever encoder the index uses. Raises ConfigError
    where the weights are damaged, or the runtime of the settings cannot run them.
    """
    backend = open_backend(settings, path)
    return Reader(backend, pair_tokenizer(encoder_folder("bundled"))) if backend else None


def heading(title: str, subjects: Sequence[str]) -> str:
    """The heading in front of a window: the document's title, and those of the question's names that the document has.

    A window may say "the deceased" where only the first page of the document has the name.
    """
    named = ", ".join(dict.fromkeys(subjects))
    return f"{title[:MAX_TITLE]} ({named[:MAX_TITLE]})" if named else title[:MAX_TITLE]


def pair_tokenizer(folder: Path, max_tokens: int = MAX_PAIR_TOKENS) -> Tokenizer:
    """The encoder's tokenizer with pairs truncated to `max_tokens`, the longer part first."""
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()  # the file sets a padding and a truncation of its own
    tokenizer.enable_truncation(max_tokens, strategy="longest_first")
    return tokenizer


def tokenize(tokenizer: Tokenizer, pairs: Sequence[Pair]) -> Batch:
    """Tokens of [CLS] question [SEP] title: window [SEP], padded to the longest."""
    encoded = _encode(tokenizer, pairs)
    return _pad(encoded, padded_length(max(len(e.ids) for e, _ in encoded)))


def _encode(tokenizer: Tokenizer, pairs: Sequence[Pair]) -> list[tuple[Encoding, int]]:
    """The tokens of each pair, and the number of characters in front of its window."""
    prefixes = [f"{p.title}: " if p.title else "" for p in pairs]
    texts = [(p.question[:MAX_QUESTION], prefix + p.text) for p, prefix in zip(pairs, prefixes, strict=True)]
    return list(zip(tokenizer.encode_batch(texts), map(len, prefixes), strict=True))


def _pad(encoded: Sequence[tuple[Encoding, int]], length: int) -> Batch:
    n = len(encoded)
    ids, mask, types = (np.zeros((n, length), np.int64) for _ in range(3))
    inside, offsets = np.zeros((n, length), bool), np.zeros((n, length, 2), np.int32)
    for i, (e, prefix) in enumerate(encoded):
        k = len(e.ids)
        ids[i, :k], mask[i, :k], types[i, :k] = e.ids, 1, e.type_ids
        offsets[i, :k] = np.array(e.offsets) - prefix
        inside[i, :k] = np.array([s == 1 for s in e.sequence_ids]) & (offsets[i, :k, 0] >= 0)
    return Batch(ids, mask, types, inside, offsets)


def _best_spans(at: np.ndarray, logits: np.ndarray, relevance: float, parts: Sequence[Offsets]) -> list[Prediction]:
    """The best span of each part of a window from the offsets [n, 2] and the logits [n, 2] of its tokens."""
    best = []
    for start, end in parts:
        low, high = np.searchsorted(at[:, 0], (start, end))
        if low == high:
            continue
        scores = logits[low:high, :1] + logits[None, low:high, 1]
        scores = np.where(_span_mask(high - low), scores, -np.inf)
        a, b = np.unravel_index(int(scores.argmax()), scores.shape)
        best.append(Prediction(int(at[low + a, 0]), int(at[low + b, 1]), float(scores[a, b]), relevance))
    return best


@lru_cache(maxsize=MAX_PAIR_TOKENS)
def _span_mask(length: int) -> np.ndarray:
    """Which pairs of first and last token make a span: in order, of at most MAX_SPAN_TOKENS."""
    mask: np.ndarray = np.tri(length, dtype=bool).T & np.tri(length, k=MAX_SPAN_TOKENS - 1, dtype=bool)
    return mask
