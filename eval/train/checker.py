"""Train the checker: `python -m eval.train.checker SQUAD.json --pairs PAIRS.jsonl --work DIR`.

Fine-tunes the reader to say whether a passage supports a claim (eval.train.claim_examples), by binary cross-entropy
of its relevance head. Measures on dev.jsonl, invented-test.jsonl and plain-test.jsonl of eval/train/claims, and on
further files of claims given as --measure. A stopped run resumes at its last checkpoint.
"""

import argparse
import json
import time
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from torch.nn import functional as F

from eval.metrics.calibration import auroc
from eval.train.claim_examples import Claim, ClaimExamples, read_written
from eval.train.data import read_squad
from eval.train.examples import read_lexicon
from eval.train.optimiser import Training
from eval.train.pairs import read_pairs
from rag.models.checker import MAX_TOKENS, ClaimPair, claim_tokens
from rag.models.encoder import encoder_folder
from rag.models.quantize import load_quantised, save_quantised
from rag.models.reader import WEIGHTS as READER
from rag.models.reader import pair_tokenizer
from rag.models.torch_reader import ReaderNet

CLAIMS = Path(__file__).parent / "claims"
CLAIMS_PER_STEP = 32
TIMES = {"train": 1, "invented-train": 1, "plain-train": 3}  # how often a claim of a file comes among the others


def main() -> None:
    """Train, and save the weights."""
    args = _arguments()
    torch.manual_seed(args.seed)
    articles, questions = read_squad(args.squad)
    written = [claim for name, n in TIMES.items() for claim in n * read_written(CLAIMS / f"{name}.jsonl")]
    examples = ClaimExamples(
        written,
        articles,
        questions,
        read_pairs(args.pairs, articles, questions),
        args.seed,
        read_lexicon(args.wordnet, articles, questions),
    )
    net = ReaderNet.from_encoder(encoder_folder("bundled"))
    net.load_state_dict({k: torch.from_numpy(v) for k, v in load_quantised(args.start).items()})
    training = Training(net, args.work, args.steps, args.rate)
    began, losses = time.perf_counter(), []
    for step in range(training.done, args.steps):
        loss = claims_loss(net, [examples.example(step * CLAIMS_PER_STEP + i) for i in range(CLAIMS_PER_STEP)])
        training.step(step, loss)
        losses.append(loss.item())
        if (step + 1) % 20 == 0:
            rate = CLAIMS_PER_STEP * len(losses) / (time.perf_counter() - began)
            print(f"step {step + 1}/{args.steps} loss {np.mean(losses[-20:]):.3f} {rate:.1f} claims/s", flush=True)
        if (step + 1) % args.every == 0 or step + 1 == args.steps:
            training.save(step + 1)
            files = {"written": "dev", "invented": "invented-test", "plain": "plain-test"}
            measured = {name: CLAIMS / f"{file}.jsonl" for name, file in files.items()}
            measured |= {path.stem: path for path in args.measure}
            scores = {name: measure(net, path) for name, path in measured.items()}
            with (args.work / "log.jsonl").open("a") as log:
                log.write(json.dumps({"step": step + 1, **scores}) + "\n")
            print(json.dumps(scores), flush=True)
    save_quantised({k: v.float().numpy() for k, v in net.state_dict().items()}, args.work / "checker.safetensors")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("squad", type=Path, help="SQuAD 1.1 training file")
    parser.add_argument(
        "--pairs", type=Path, required=True, help="unanswerable questions, with what they are made from"
    )
    parser.add_argument("--work", type=Path, required=True, help="folder for checkpoints")
    parser.add_argument("--measure", type=Path, nargs="*", default=[], help="further files of claims to measure on")
    parser.add_argument("--start", type=Path, default=READER, help="weights to start from (default: the reader's)")
    parser.add_argument("--steps", type=int, default=1500, help="steps of 32 claims")
    parser.add_argument("--rate", type=float, default=1e-4, help="peak learning rate")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--every", type=int, default=300, help="steps between checkpoints")
    parser.add_argument("--wordnet", type=Path, help="folder of WordNet's files (eval/train/wordnet.py)")
    return parser.parse_args()


def claims_loss(net: ReaderNet, claims: Sequence[Claim]) -> torch.Tensor:
    """Mean binary cross-entropy, computed in parts sorted by length, which saves padding."""
    labels = torch.tensor([float(claim.supported) for claim in claims])
    order = sorted(range(len(claims)), key=lambda i: len(claims[i].passage))
    loss = torch.zeros(())
    for rows in np.array_split(order, 4):
        logits = _logits(net, [claims[i] for i in rows])
        loss = loss + F.binary_cross_entropy_with_logits(logits, labels[rows], reduction="sum")
    return loss / len(claims)


def measure(net: ReaderNet, path: Path) -> dict[str, float]:
    """AUROC of the score on a file of claims, and balanced accuracy at one half."""
    claims = sorted(read_written(path), key=lambda claim: len(claim.passage))
    net.eval()
    with torch.inference_mode():
        scores = np.concatenate([_logits(net, claims[i : i + 32]).numpy() for i in range(0, len(claims), 32)])
    net.train()
    supported = np.array([claim.supported for claim in claims])
    right, flawed = scores[supported], scores[~supported]
    return {
        "auroc": round(auroc(right.tolist(), flawed.tolist()) or 0.0, 4),
        "balanced": round(float(((right > 0).mean() + (flawed <= 0).mean()) / 2), 4),
        "right_clean": round(float((right > 0).mean()), 4),
    }


@cache
def _tokenizer() -> Tokenizer:
    return pair_tokenizer(encoder_folder("bundled"), MAX_TOKENS)


def _logits(net: ReaderNet, claims: Sequence[Claim]) -> torch.Tensor:
    texts = [ClaimPair(claim.question, claim.claim, claim.title, claim.passage).texts for claim in claims]
    tokens = claim_tokens(_tokenizer().encode_batch(texts))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        logits: torch.Tensor = net(*map(torch.from_numpy, tokens))[1]
    return logits.float()


if __name__ == "__main__":
    main()
