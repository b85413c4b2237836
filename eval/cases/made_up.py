"""Text to measure speed on: made up by rule, so that a benchmark needs no data; or the abstracts of a BEIR corpus.

The words are those of the encoder's own vocabulary, drawn as often as words are (Zipf), and each document has some that
it keeps coming back to: so chunks of one document are alike, and words are rare or common as in real text.
"""

import random
from itertools import accumulate
from pathlib import Path

from eval.cases.beir import read_beir, write_documents
from rag.models.encoder import encoder_folder

FOLDERS = 1000  # files in a folder
PARAGRAPHS = 10  # of about 100 tokens each: as many chunks
RARE = 12  # words that a document keeps coming back to


def write_made_up(folder: Path, documents: int, seed: int = 1, first: int = 0) -> list[str]:
    """Write documents of about PARAGRAPHS chunks each; one question about each of the first hundred comes back."""
    words = _vocabulary()
    weights = list(accumulate(1 / (rank + 8) for rank in range(len(words))))
    questions: list[str] = []
    for number in range(first, first + documents):
        draw = random.Random(f"{seed}-{number}")
        own = draw.sample(words[500:], RARE)
        path = folder / f"{number // FOLDERS:03}" / f"{number:07}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        paragraphs = [_paragraph(draw, words, weights, own) for _ in range(PARAGRAPHS)]
        path.write_text("\n\n".join([" ".join(own[:4]).title(), *paragraphs]) + "\n", encoding="utf-8")
        if len(questions) < 100:
            asked = draw.choices(words, cum_weights=weights, k=4)
            questions.append(f"what is the {own[0]} {asked[0]} of the {own[1]} {asked[1]} {own[2]}?")
    return questions


def made_up_paragraphs(count: int, seed: int = 1) -> list[str]:
    """Paragraphs of documents that are made up, each of another one: every kind of word, in no sensible order."""
    words, draw = _vocabulary(), random.Random(seed)
    weights = list(accumulate(1 / (rank + 8) for rank in range(len(words))))
    return [_paragraph(draw, words, weights, draw.sample(words[500:], RARE)) for _ in range(count)]


def write_abstracts(data: Path, folder: Path) -> list[str]:
    """Write the documents of a corpus in BEIR form as files; its claims come back as questions."""
    found = read_beir(data)
    write_documents(found, folder)
    return list(found.queries.values())[:100]


def _vocabulary() -> list[str]:
    """Whole words of the encoder's vocabulary, the common ones first as they stand there."""
    lines = (encoder_folder("bundled") / "vocab.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line.isascii() and line.isalpha() and len(line) > 2 and line.islower()]


def _paragraph(draw: random.Random, words: list[str], weights: list[float], own: list[str]) -> str:
    sentences = []
    for _ in range(6):
        drawn = draw.choices(words, cum_weights=weights, k=draw.randint(9, 19))
        drawn[draw.randrange(len(drawn))] = draw.choice(own)
        drawn[draw.randrange(len(drawn))] = draw.choice(own)
        sentences.append(" ".join(drawn).capitalize() + ".")
    return " ".join(sentences)
