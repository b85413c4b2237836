"""What all trainings share: the optimiser with its learning rate, and checkpoints that a stopped run resumes at."""

import math
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import nn

from rag.models.torch_reader import ReaderNet

_DECAY = 0.01  # weight decay of matrices; vectors have none
_MAX_NORM = 1.0  # of all gradients together


class Training:
    """Trains a network, with AdamW and a cosine schedule; `done`: the steps of the checkpoint in `folder`, if any.

    Word embeddings stay as they are: they are half of all weights, and a rare word would stay put. So do the lowest
    `freeze` layers. There is no dropout: a pass over many examples hardly overfits.
    """

    def __init__(self, net: ReaderNet, folder: Path, steps: int, rate: float, freeze: int = 0):
        self._net, self._file, self._steps, self._rate = net, folder / "checkpoint.safetensors", steps, rate
        for module in (net.bert.embeddings.word_embeddings, *net.bert.encoder.layer[:freeze]):
            module.requires_grad_(False)
        net.bert.set_attn_implementation("sdpa")  # three times as fast on a CPU as the other one
        for part in net.modules():
            if isinstance(part, nn.Dropout):
                part.p = 0.0
        net.train()
        self._trained = {name: p for name, p in net.named_parameters() if p.requires_grad}
        matrices = [p for p in self._trained.values() if p.ndim > 1]
        vectors = [p for p in self._trained.values() if p.ndim <= 1]
        groups = [{"params": matrices, "weight_decay": _DECAY}, {"params": vectors, "weight_decay": 0.0}]
        self._adam = torch.optim.AdamW(groups, lr=rate)
        self.done = self._load() if self._file.exists() else 0

    def step(self, number: int, loss: torch.Tensor) -> None:
        """Descend one step."""
        for group in self._adam.param_groups:
            group["lr"] = self._rate * schedule(number, self._steps)
        self._adam.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        nn.utils.clip_grad_norm_([p for p in self._trained.values() if p.grad is not None], _MAX_NORM)
        self._adam.step()

    def save(self, step: int) -> None:
        """Write a checkpoint; all of it or nothing."""
        tensors = {f"net.{k}": v.contiguous() for k, v in self._net.state_dict().items()}
        for name, parameter in self._trained.items():
            for key, value in self._adam.state.get(parameter, {}).items():
                tensors[f"adam.{key}.{name}"] = value
        self._file.parent.mkdir(parents=True, exist_ok=True)
        save_file(tensors, self._file.with_suffix(".tmp"), {"step": str(step)})
        self._file.with_suffix(".tmp").replace(self._file)

    def _load(self) -> int:
        tensors = load_file(self._file)
        self._net.load_state_dict({k[4:]: v for k, v in tensors.items() if k.startswith("net.")})
        for name, parameter in self._trained.items():
            if f"adam.step.{name}" in tensors:
                keys = ("exp_avg", "exp_avg_sq", "step")
                self._adam.state[parameter] = {k: tensors[f"adam.{k}.{name}"] for k in keys}
        with safe_open(self._file, "pt") as file:
            return int(file.metadata()["step"])


def schedule(step: int, steps: int, warm: float = 0.04) -> float:
    """Factor of the peak learning rate: linear warm-up over the share `warm` of the steps, then a cosine to 2 %."""
    if step < warm * steps:
        return (step + 1) / (warm * steps)
    return 0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * (step - warm * steps) / (steps * (1 - warm))))
