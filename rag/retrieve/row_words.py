"""How much of a question a table row speaks of: the words that tell it from the other rows count most."""

import math
from collections import Counter
from collections.abc import Sequence
from itertools import chain

from rag.text.question import Question
from rag.text.tables import SEPARATOR
from rag.text.words import stems


def row_words(question: Question, sentences: Sequence[str], serialised: Sequence[str]) -> list[float]:
    """For each of the sentences that were read the share of the question's stems in it, 0..1; 0 for all but table rows.

    `serialised`: the same, rows with the names of their columns. A stem is weighted by its inverse document frequency
    among these sentences (as in BM25, Robertson and Zaragoza 2009), since every row of a table has those names.
    """
    asked = set(question.stems)
    having = [asked & set(stems(sentence)) for sentence in serialised]
    counts, n = Counter(chain.from_iterable(having)), len(having)
    weights = {stem: math.log(1 + (n - count + 0.5) / (count + 0.5)) for stem, count in counts.items()}
    total = sum(weights.values())
    return [
        sum(weights[stem] for stem in there) / total if there and SEPARATOR in sentence else 0.0
        for sentence, there in zip(sentences, having, strict=True)
    ]
