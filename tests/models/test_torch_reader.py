"""The reader's network on torch, from its weights."""

from pathlib import Path

import numpy as np

from rag.models.torch_reader import ReaderNet, TorchBackend

IDS = np.array([[2, 5, 6, 3, 0], [2, 7, 3, 0, 0]])
MASK = (IDS > 0).astype(np.int64)


def test_loaded_weights_give_the_logits_of_the_trained_network(tiny: Path) -> None:
    net = ReaderNet.from_encoder(tiny)
    weights = {name: value.detach().numpy().copy() for name, value in net.state_dict().items()}
    said = TorchBackend(net).run(IDS, MASK, np.zeros_like(IDS))
    loaded = TorchBackend.load(tiny, weights).run(IDS, MASK, np.zeros_like(IDS))
    assert (said.spans.shape, said.relevance.shape, said.names.shape) == ((2, 5, 2), (2,), (2, 5))
    assert {logits.dtype for logits in said} == {np.dtype(np.float32)}
    assert all(np.allclose(ours, theirs, atol=1e-5) for ours, theirs in zip(said, loaded, strict=True))


def test_padding_changes_no_logit(tiny: Path) -> None:
    backend = TorchBackend(ReaderNet.from_encoder(tiny))
    padded = backend.run(IDS[1:], MASK[1:], np.zeros_like(IDS[1:]))
    alone = backend.run(IDS[1:, :3], MASK[1:, :3], np.zeros_like(IDS[1:, :3]))
    assert np.allclose(padded.spans[:, :3], alone.spans, atol=1e-5)
    assert np.allclose(padded.relevance, alone.relevance, atol=1e-5)
    assert np.allclose(padded.names[:, :3], alone.names, atol=1e-5)
