"""The network of the reader in torch: the body of the bundled encoder with three heads."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from torch import nn
from transformers import AutoConfig, BertModel

from rag.models.network import Logits


class ReaderNet(nn.Module):
    """`span`: start and end logits for each token; `relevance`: one logit for each window, from its first token;
    `names`: a logit for each token, that it is of a name."""

    def __init__(self, bert: BertModel):
        super().__init__()
        width = bert.config.hidden_size
        self.bert = bert
        self.span = nn.Linear(width, 2)
        self.dense = nn.Linear(width, width)
        self.relevance = nn.Linear(width, 1)
        self.names = nn.Linear(width, 1)

    @classmethod
    def from_encoder(cls, folder: Path) -> "ReaderNet":
        """The weights of the encoder in `folder`, with new heads."""
        return cls(BertModel.from_pretrained(str(folder), add_pooling_layer=False))

    @classmethod
    def empty(cls, folder: Path) -> "ReaderNet":
        """The shape of the encoder in `folder`, with weights still to be loaded."""
        return cls(BertModel(AutoConfig.from_pretrained(str(folder)), add_pooling_layer=False))

    def forward(
        self, ids: torch.Tensor, mask: torch.Tensor, types: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """int64 [n, length] each -> logits of spans [n, length, 2], relevance [n] and names [n, length]."""
        hidden = self.bert(input_ids=ids, attention_mask=mask, token_type_ids=types).last_hidden_state
        relevance = self.relevance(torch.tanh(self.dense(hidden[:, 0]))).squeeze(-1)
        return self.span(hidden), relevance, self.names(hidden).squeeze(-1)


class TorchBackend:
    """Runs a ReaderNet, on the GPU where there is one, in fp32 or with matrix products in bf16."""

    def __init__(self, net: ReaderNet, *, bf16: bool = False):
        self._bf16 = bf16
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self._net = net.eval().to(self._device)

    @classmethod
    def load(cls, folder: Path, weights: Mapping[str, np.ndarray]) -> "TorchBackend":
        """A network of these weights, in the shape of the encoder in `folder`."""
        net = ReaderNet.empty(folder)
        net.load_state_dict({name: torch.from_numpy(value) for name, value in weights.items()})
        return cls(net)

    def run(self, ids: np.ndarray, mask: np.ndarray, types: np.ndarray) -> Logits:
        """The logits for tokens: int64 [n, length] each."""
        with torch.inference_mode(), torch.autocast(self._device.type, torch.bfloat16, enabled=self._bf16):
            logits = self._net(*(torch.from_numpy(x).to(self._device) for x in (ids, mask, types)))
        return Logits(*(x.float().cpu().numpy() for x in logits))
