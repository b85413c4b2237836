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
from rag.models.runtimes import open_encoder
from rag.settings import load_settings


def main() -> None:
    """Fit and print, and write with --write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help=f"write the weights to {SHIPPED.name}")
    args = parser.parse_args()
    encoder, examples = open_encoder(load_settings(encoder="bundled"), None), load_examples()
    questions = [question for question, _ in examples]
    features, digest = Features(encoder, questions), fitted_digest(encoder)
    fitted = Fitted.to(features, examples)
    with TemporaryDirectory() as folder:
        file = SHIPPED if args.write else Path(folder) / SHIPPED.name
        fitted.save(file, digest)
        kept = Fitted.load(file, digest)
        size = file.stat().st_size
    told = fitted.kinds(features, questions)
    same = sum(one == other for one, other in zip(told, kept.kinds(features, questions) if kept else [], strict=True))
    print(f"{len(questions)} examples; {same} told the same in float16; {size / 1000:.0f} kB")


if __name__ == "__main__":
    with one_line_errors():
        main()
