"""What a candidate is ranked by once it was read: a weighted sum of a few features; `python -m eval.fit.tune` fits it.

The weights are in retrieve/ranking.json; docs/quality.md, "Re-ranking", has what each feature is worth.
"""

import json
from collections.abc import Mapping
from pathlib import Path

MODEL = Path(__file__).parent / "ranking.json"
FEATURES = (
    "relevance",  # logit of the reader that the window answers the question
    "span",  # logit of the reader for the words of the answer
    "sentence",  # the span again, where the sentence is read by itself
    "dense",  # cosine of question and chunk
    "bm25",  # keyword score of the chunk, as a share of the best
    "document",  # keyword score of its document, as a share of the best
    "subjects",  # share of the question's names that the document has
    "misfit",  # 1 where the span cannot be what is asked for
    "cue",  # share of the question's intents that the sentence answers in the usual words
    "words",  # share of the question's content words that the sentence has, names left out
    "fragment",  # 1 where the sentence is a few words like a heading or a cell
    "repeat",  # share of the span's content words that the question has already
)


def load_weights(path: Path = MODEL) -> dict[str, float]:
    """The shipped weights of FEATURES."""
    found = json.loads(path.read_text(encoding="utf-8"))
    return {name: float(found.get(name, 0.0)) for name in FEATURES}


def rank_score(weights: Mapping[str, float], features: Mapping[str, float]) -> float:
    """The weighted sum of the features; higher is better, of no unit."""
    return sum(weights[name] * features[name] for name in FEATURES)
