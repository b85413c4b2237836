"""The reader's network on torch, from its weights."""

from pathlib import Path

import numpy as np

from rag.models.torch_reader import ReaderNet, TorchBackend

IDS = np.array([[2, 5, 6, 3, 0], [2, 7, 3, 0, 0]])
MASK = (IDS > 0).astype(np.int64)


def test_loaded_weights_give_the_logits_of_the_trained_network(tiny: Path) -> None:
    net = ReaderNet.from_encoder(tiny)
    weights = {name: value.detach().numpy().copy() for name, value in net.state_dict().items()}
    spans, relevance = TorchBackend(net).run(IDS, MASK, np.zeros_like(IDS))
    loaded = TorchBackend.load(tiny, weights).run(IDS, MASK, np.zeros_like(IDS))
    assert (spans.shape, relevance.shape) == ((2, 5, 2), (2,))
    assert spans.dtype == relevance.dtype == np.float32
    assert np.allclose(loaded[0], spans, atol=1e-5)
    assert np.allclose(loaded[1], relevance, atol=1e-5)


def test_padding_changes_no_logit(tiny: Path) -> None:
    backend = TorchBackend(ReaderNet.from_encoder(tiny))
    padded, relevance = backend.run(IDS[1:], MASK[1:], np.zeros_like(IDS[1:]))
    spans, alone = backend.run(IDS[1:, :3], MASK[1:, :3], np.zeros_like(IDS[1:, :3]))
    assert np.allclose(padded[:, :3], spans, atol=1e-5)
    assert np.allclose(relevance, alone, atol=1e-5)
