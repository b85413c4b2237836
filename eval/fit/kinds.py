"""Fit the weights by which the kind of a question is told: `python -m eval.fit.kinds [--write]`.

They are fitted to all examples (rag/answer/kinds/examples.jsonl) with the bundled encoder, and written in float16.
`python -m eval.studies.kinds` says how good they are.
"""

import argparse
from pathlib import Path
from tempfile import TemporaryDirectory

from eval.console import one_line_errors
from rag.answer.kinds.classify import SHIPPED, Fitted, fitted_digest, load_examples
from rag.answer.kinds.features import Features
from rag.models.encoder import Encoder
from rag.models.runtimes import open_encoder
from rag.settings import load_settings


def main() -> None:
    """Fit and print, and write with --write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help=f"write the weights to {SHIPPED.name}")
    args = parser.parse_args()
    encoder = open_encoder(load_settings(encoder="bundled"), None)
    with TemporaryDirectory() as folder:
        print(write(encoder, SHIPPED if args.write else Path(folder) / SHIPPED.name))


def write(encoder: Encoder, file: Path) -> str:
    """Fit to all examples and write the weights to a file; says how they do in float16."""
    examples, digest = load_examples(), fitted_digest(encoder)
    questions = [question for question, _ in examples]
    features = Features(encoder, questions)
    fitted = Fitted.to(features, examples)
    fitted.save(file, digest)
    kept, told = Fitted.load(file, digest), fitted.kinds(features, questions)
    again = kept.kinds(features, questions) if kept else []
    same = sum(one == other for one, other in zip(told, again, strict=True))
    return f"{len(questions)} examples; {same} told the same in float16; {file.stat().st_size / 1000:.0f} kB"


if __name__ == "__main__":
    with one_line_errors():
        main()
