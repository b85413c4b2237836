"""The reader: one small model that scores a window of text for a question and marks the answer span in it.

It re-ranks (relevance), reads (span) and abstains (both low) in one pass over pairs of question and window.
Trained by `python -m eval.train.reader`; MODEL_CARD.md beside this file has data, figures and limits.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np
from safetensors import SafetensorError
from tokenizers import Encoding, Tokenizer

from rag.errors import ConfigError
from rag.models.bert_graph import Net, inputs, reader, reader_names
from rag.models.encoder import encoder_folder
from rag.models.graph_encoder import STEP, batches
from rag.models.quantize import load_weights
from rag.models.runtime_choice import Model
from rag.models.runtimes import choose_runtime, open_net
from rag.settings import Settings

MAX_TOKENS = 192  # of question, title and window together
MAX_SPAN = 30  # tokens of an answer
BATCH_TOKENS = 512  # run together: enough to fill every core, few enough that what is read together is of one length
WEIGHTS = Path(__file__).parent / "reader.safetensors"
NOTHING = -100.0  # logits of a window without a word
Range = tuple[int, int]


class Pair(NamedTuple):
    """What is read together: a question, the title in front of a window (see `heading`), and the window's text."""

    question: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Reading:
    """The best span of one window: `text[start:end]`.

    `span`: start plus end logit of the span; `relevance`: logit that the window answers the question at all.
    """

    start: int
    end: int
    span: float
    relevance: float


@dataclass(frozen=True)
class Batch:
    """Tokens of pairs, padded: int64 `ids`, `mask`, `types` [n, length]; `inside` marks the window's own tokens.

    `offsets` [n, length, 2]: characters of each token in the window's text.
    """

    ids: np.ndarray
    mask: np.ndarray
    types: np.ndarray
    inside: np.ndarray
    offsets: np.ndarray


class Network(Protocol):
    """The reader's network on some runtime."""

    def run(self, ids: np.ndarray, mask: np.ndarray, types: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """int64 [n, length] each -> float32 span logits [n, length, 2] and relevance logits [n]."""
        ...


class Reader:
    """Reads windows for a question; thread-safe as far as its network is."""

    def __init__(self, network: Network, tokenizer: Tokenizer, batch_tokens: int = BATCH_TOKENS):
        self._network, self._tokenizer, self._batch_tokens = network, tokenizer, batch_tokens

    def read(self, pairs: Sequence[Pair]) -> list[Reading]:
        """The best span of each pair, in the order given."""
        whole = self.read_parts(pairs, [[(0, len(pair.text))] for pair in pairs])
        return [spans[0] if spans else Reading(0, 0, NOTHING, NOTHING) for spans in whole]

    def read_parts(self, pairs: Sequence[Pair], parts: Sequence[Sequence[Range]]) -> list[list[Reading]]:
        """The best span in each part of each pair; `parts`: (start, end) in its text. A part without words has none.

        Pairs of like length run together.
        """
        encoded = _encoded(self._tokenizer, pairs)
        readings: dict[int, list[Reading]] = {}
        for rows, length in batches([len(e.ids) for e, _ in encoded], self._batch_tokens):
            batch = _padded([encoded[i] for i in rows], length)
            spans, relevance = self._network.run(batch.ids, batch.mask, batch.types)
            for place, i in enumerate(rows):
                tokens = np.flatnonzero(batch.inside[place])
                at, logits = batch.offsets[place, tokens], spans[place, tokens]
                readings[i] = _best_spans(at, logits, float(relevance[place]), parts[i])
        return [readings[i] for i in range(len(pairs))]


def heading(title: str, subjects: Sequence[str]) -> str:
    """What stands in front of a window: the document's title, and what of the question's subjects the document names.

    A window says "the deceased" where the document's first page has the name; this is how the reader knows.
    """
    named = ", ".join(dict.fromkeys(subjects))
    return f"{title[:80]} ({named[:80]})" if named else title[:80]


def pair_tokenizer(folder: Path) -> Tokenizer:
    """The encoder's tokenizer, set to cut a pair at MAX_TOKENS: its window, or a question of more tokens than that."""
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()  # the file has a padding and a truncation baked in
    tokenizer.enable_truncation(MAX_TOKENS, strategy="longest_first")
    return tokenizer


def tokenize(tokenizer: Tokenizer, pairs: Sequence[Pair]) -> Batch:
    """Tokens of [CLS] question [SEP] title: window [SEP], padded to the longest."""
    encoded = _encoded(tokenizer, pairs)
    return _padded(encoded, -(-max(len(e.ids) for e, _ in encoded) // STEP) * STEP)


def _encoded(tokenizer: Tokenizer, pairs: Sequence[Pair]) -> list[tuple[Encoding, int]]:
    """The tokens of each pair, and the characters that stand in front of its window."""
    prefixes = [f"{p.title}: " if p.title else "" for p in pairs]
    texts = [(p.question[:300], prefix + p.text) for p, prefix in zip(pairs, prefixes, strict=True)]
    return list(zip(tokenizer.encode_batch(texts), map(len, prefixes), strict=True))


def _padded(encoded: Sequence[tuple[Encoding, int]], length: int) -> Batch:
    n = len(encoded)
    ids, mask, types = (np.zeros((n, length), np.int64) for _ in range(3))
    inside, offsets = np.zeros((n, length), bool), np.zeros((n, length, 2), np.int32)
    for i, (e, prefix) in enumerate(encoded):
        k = len(e.ids)
        ids[i, :k], mask[i, :k], types[i, :k] = e.ids, 1, e.type_ids
        offsets[i, :k] = np.array(e.offsets) - prefix
        inside[i, :k] = np.array([s == 1 for s in e.sequence_ids]) & (offsets[i, :k, 0] >= 0)
    return Batch(ids, mask, types, inside, offsets)


def _best_spans(at: np.ndarray, logits: np.ndarray, relevance: float, parts: Sequence[Range]) -> list[Reading]:
    """The best span of each part of a window from its tokens' places [n, 2] and their logits [n, 2]."""
    best = []
    for start, end in parts:
        low, high = np.searchsorted(at[:, 0], (start, end))
        if low == high:
            continue
        scores = logits[low:high, :1] + logits[None, low:high, 1]
        scores = np.where(_allowed(high - low), scores, -np.inf)
        a, b = np.unravel_index(int(scores.argmax()), scores.shape)
        best.append(Reading(int(at[low + a, 0]), int(at[low + b, 1]), float(scores[a, b]), relevance))
    return best


@lru_cache(maxsize=MAX_TOKENS)
def _allowed(length: int) -> np.ndarray:
    """Which first and last tokens make a span: in order, and at most MAX_SPAN apart."""
    ordered: np.ndarray = np.tri(length, dtype=bool).T & np.tri(length, k=MAX_SPAN - 1, dtype=bool)
    return ordered


def load_reader(settings: Settings, path: Path = WEIGHTS) -> Reader | None:
    """The reader on the runtime of the encoder, or None where its weights are missing.

    It has the shape and the tokenizer of the bundled encoder, whichever encoder the index uses. Raises ConfigError
    where the weights are damaged, or the runtime that is asked for cannot run them.
    """
    if not path.is_file():
        return None
    model = Model.of(encoder_folder("bundled"))
    try:
        weights = load_weights(path)
        if model.shape and (missing := reader_names(model.shape) - weights.keys()):
            raise SafetensorError(f"{min(missing)!r} is missing")
    except (OSError, SafetensorError) as error:
        raise ConfigError(f"the reader's weights {str(path)!r} cannot be read: {error}; install again") from None
    return Reader(_open_network(settings, model, weights), pair_tokenizer(model.folder))


def _open_network(settings: Settings, model: Model, weights: Mapping[str, np.ndarray]) -> Network:
    chosen = choose_runtime(settings, model)
    if model.shape is None or chosen in ("torch", "torch-bf16"):
        from rag.models.torch_reader import TorchNetwork  # noqa: PLC0415 (torch, seconds to import)

        return TorchNetwork.load(model.folder, weights)
    # no ranges: in int8 the reader keeps to its feed-forward matrices, for in all of them it reads worse
    # (docs/performance.md, "int8")
    return GraphNetwork(open_net(chosen, partial(reader, weights=weights, shape=model.shape)))


class GraphNetwork:
    """Runs the reader's network, drawn as a graph."""

    def __init__(self, net: Net):
        self._net = net

    def run(self, ids: np.ndarray, mask: np.ndarray, types: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """int64 [n, length] each -> float32 span logits [n, length, 2] and relevance logits [n]."""
        spans, relevance = self._net.run(inputs(ids, mask, types))
        return spans, relevance.reshape(-1)
