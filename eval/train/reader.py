"""Train the reader: `python -m eval.train.reader TRAIN.json --dev DEV.json --work DIR`.

Fine-tunes the bundled encoder (22M parameters) to score the relevance of a window for a question and to mark the answer
span. Loss: softmax of the span's start and end over the positive and all negative windows of a question together, with
its unanswerable twin (shared normalisation, Clark and Gardner 2018), the same for the relevance score, plus its binary
cross-entropy, and that of the tokens of names. Checkpoints are safetensors; a stopped run resumes at the last one.
"""

import argparse
import json
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

from eval.console import one_line_errors
from eval.train.data import Article, SquadQuestion, Window, mine, read_squad
from eval.train.dev import dev_score
from eval.train.examples import Examples, read_lexicon
from eval.train.optimiser import Training
from eval.train.pairs import PairExamples, QuestionPair, read_invented, read_pairs
from eval.train.tokens import Labelled, labelled
from rag.models.encoder import encoder_folder
from rag.models.quantize import load_quantised, save_quantised
from rag.models.runtimes import open_document_encoder
from rag.models.torch_reader import ReaderNet
from rag.settings import load_settings

QUESTIONS_PER_STEP = 16
PAIRS = 0.6  # share of the groups that are pairs
INVENTED = Path(__file__).parent / "claims" / "invented-train.jsonl"
INVENTED_TIMES = 3  # how often a pair of it comes among the others
RELEVANCE, NAMES = 0.3, 0.3  # weights of these losses


def main() -> None:
    """Mine negatives, train, and save the weights."""
    args = _arguments()
    torch.manual_seed(args.seed)
    if args.threads:
        torch.set_num_threads(args.threads)
    articles, questions = read_squad(args.train)
    asked = questions[:: args.sample]
    mined = mine(articles, asked, _encode, args.work)
    lexicon = read_lexicon(args.wordnet, articles, questions)
    examples = Examples(articles, asked, mined, args.seed, lexicon)
    pairs = PairExamples(_pairs(args.pairs, articles, questions), args.seed) if args.pairs else None
    net = ReaderNet.from_encoder(encoder_folder("bundled"))
    start = load_quantised(args.start) if args.start else {}
    if start:
        net.load_state_dict({k: torch.from_numpy(v) for k, v in start.items()})
    train(net, examples, pairs, args)
    ended = {name: value.float().numpy() for name, value in net.state_dict().items()}
    kept = args.keep if start else 0.0
    mean = {name: kept * start[name] + (1 - kept) * value if kept else value for name, value in ended.items()}
    save_quantised(mean, args.work / "reader.safetensors")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("train", type=Path, help="SQuAD 1.1 training file")
    parser.add_argument("--pairs", type=Path, help="unanswerable questions, with those that they are made from")
    parser.add_argument("--dev", type=Path, required=True, help="SQuAD 2.0 file, to measure on")
    parser.add_argument("--work", type=Path, required=True, help="folder for checkpoints and mined negatives")
    parser.add_argument("--steps", type=int, default=5400, help="steps of 16 questions (default: one pass)")
    parser.add_argument("--rate", type=float, default=1.5e-4, help="peak learning rate")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sample", type=int, default=1, help="mine negatives for every n-th question, use only these")
    parser.add_argument("--threads", type=int, default=0, help="torch threads (default: its own choice)")
    parser.add_argument("--every", type=int, default=500, help="steps between checkpoints")
    parser.add_argument(
        "--wordnet", type=Path, help="folder of WordNet's files (eval/train/wordnet.py): better negatives"
    )
    parser.add_argument("--freeze", type=int, default=0, help="layers that stay as they are, from below")
    parser.add_argument("--start", type=Path, help="a reader.safetensors to start from: a second round")
    parser.add_argument(
        "--keep",
        type=float,
        default=0.0,
        help="share 0..1 of --start in the weights saved: the mean of both is often better than either"
        " (Wortsman et al. 2022, arXiv:2109.01903)",
    )
    return parser.parse_args()


def _pairs(path: Path, articles: Sequence[Article], questions: Sequence[SquadQuestion]) -> list[QuestionPair]:
    written = (
        QuestionPair(articles[questions[n].article], questions[n], unanswerable)
        for n, unanswerable in read_pairs(path, articles, questions)
    )
    return [*written, *(INVENTED_TIMES * read_invented(INVENTED))]


def _encode(texts: list[str]) -> np.ndarray:
    return open_document_encoder(load_settings()).encode(texts)


def train(net: ReaderNet, examples: Examples, pairs: PairExamples | None, args: argparse.Namespace) -> None:
    """Run the remaining steps, saving a checkpoint and printing a development score at intervals."""
    training = Training(net, args.work, args.steps, args.rate, args.freeze)
    began, seen, losses = time.perf_counter(), 0, []
    for step in range(training.done, args.steps):
        groups = [_group(step * QUESTIONS_PER_STEP + i, examples, pairs) for i in range(QUESTIONS_PER_STEP)]
        loss = step_loss(net, groups)
        training.step(step, loss)
        losses.append(loss.item())
        seen += sum(map(len, groups))
        if (step + 1) % 50 == 0:
            rate = seen / (time.perf_counter() - began)
            print(f"step {step + 1}/{args.steps} loss {np.mean(losses):.3f} {rate:.1f} windows/s", flush=True)
            losses.clear()
        if (step + 1) % args.every == 0 or step + 1 == args.steps:
            training.save(step + 1)
            score = dev_score(net, args.dev, 1000 if step + 1 < args.steps else None)
            net.train()
            with (args.work / "log.jsonl").open("a") as log:
                log.write(json.dumps({"step": step + 1, "windows": seen, **score}) + "\n")
            print(score, flush=True)


def _group(number: int, examples: Examples, pairs: PairExamples | None) -> list[Window]:
    """The windows of one question, or of a pair, of which every one comes in turn."""
    drawn = int(number * PAIRS)
    if pairs and int((number + 1) * PAIRS) > drawn:
        return pairs.group(drawn)
    return examples.group(number)


def step_loss(net: ReaderNet, groups: list[list[Window]]) -> torch.Tensor:
    """The loss of one step's groups, computed in thirds sorted by length, which saves padding."""
    windows = [w for g in groups for w in g]
    tokens = labelled(windows)
    spans, relevance, names = _forward_sorted(net, tokens)
    labels = torch.tensor([float(w.start >= 0) for w in windows])
    loss = F.binary_cross_entropy_with_logits(relevance, labels)
    known = torch.from_numpy(tokens.names >= 0)
    if known.any():
        said = torch.from_numpy(tokens.names).float()[known]
        loss = loss + NAMES * F.binary_cross_entropy_with_logits(names[known], said)
    at, span_losses = 0, []
    for group in groups:
        if tokens.start[at] >= 0:
            rows = list(range(at, at + len(group)))
            block = spans[rows].permute(2, 0, 1).flatten(1)  # [2, rows * length]: the positive's row comes first
            target = torch.tensor([int(tokens.start[at]), int(tokens.end[at])])
            span_losses.append(F.cross_entropy(block, target))
            span_losses.append(RELEVANCE * F.cross_entropy(relevance[rows][None], torch.tensor([0])))
        at += len(group)
    return loss + torch.stack(span_losses).sum() / len(groups)


def _forward_sorted(net: ReaderNet, tokens: Labelled) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    order = np.argsort(tokens.mask.sum(1), kind="stable")
    spans, relevance, names = [], [], []
    for rows in np.array_split(order, 3):
        length = min(tokens.ids.shape[1], -(-int(tokens.mask[rows].sum(1).max()) // 16) * 16)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            logits, score, named = net(
                *(torch.from_numpy(x[rows, :length]) for x in (tokens.ids, tokens.mask, tokens.types))
            )
        logits = logits.float().masked_fill(torch.from_numpy(~tokens.inside[rows, :length])[..., None], -1e4)
        padding = tokens.ids.shape[1] - length
        spans.append(F.pad(logits, (0, 0, 0, padding), value=-1e4))
        relevance.append(score.float())
        names.append(F.pad(named.float(), (0, padding)))
    back = torch.from_numpy(np.argsort(order, kind="stable"))
    return torch.cat(spans)[back], torch.cat(relevance)[back], torch.cat(names)[back]


if __name__ == "__main__":
    with one_line_errors():
        main()
