"""Settings -> an encoder, on the runtime that is fastest on this machine: measured once, kept in the cache folder.

Vectors with the same digest are interchangeable. fp32 and bf16 graphs agree to a cosine of 0.9999 and more, and share
the digest of the weights; int8 (0.998) and torch in bf16 (0.999) do not, and have digests of their own.
"""

import hashlib
import json
import os
import platform
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from importlib import metadata, util
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from filelock import FileLock

from rag.errors import ConfigError
from rag.models.bert import BertShape, CompiledGraph, encoder_graph, read_shape, read_weights
from rag.models.encoder import BUNDLED_SHA256, Encoder, TorchEncoder, encoder_folder, weights_digest
from rag.models.graph_encoder import GraphEncoder
from rag.models.quantize import ActivationRanges, load_ranges
from rag.settings import Runtime, Settings

Report = Callable[[str], None]
"""Called with a plain sentence about what is being measured."""

DIGEST_SUFFIX: Mapping[Runtime, str] = {"openvino-int8": "-int8", "torch-bf16": "-bf16"}
"""For the runtimes whose vectors differ from those of the others."""
SAMPLE = [f"{n} people gave evidence, and the committee asked each of them what had been seen. " * 7 for n in range(64)]
"""Texts to measure with, of 117 tokens: about as long as a chunk is by default."""
ROUNDS = 3
MIN_SPEEDUP = 1.1  # a less exact runtime is chosen only if it is this many times as fast
PACKAGES = ("openvino", "torch", "sentence_transformers")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The folder of an encoder, the SHA-256 of its weights, and its shape if it is plain BERT."""

    folder: Path
    sha256: str
    shape: BertShape | None

    @classmethod
    def of(cls, folder: Path) -> "Checkpoint":
        """The checkpoint in a folder. Raises ConfigError where it has no weights."""
        return cls(folder, weights_digest(folder), read_shape(folder))

    def digest(self, runtime: Runtime) -> str:
        """The digest of the vectors of a runtime: vectors of different digests are never compared."""
        ranges = self.ranges(runtime)
        return self.sha256[:16] + DIGEST_SUFFIX.get(runtime, "") + (f"-{ranges.digest}" if ranges else "")

    def ranges(self, runtime: Runtime) -> ActivationRanges | None:
        """The measured activation ranges if the runtime is int8, else None."""
        return load_ranges(self.sha256) if runtime == "openvino-int8" else None


def open_encoder(settings: Settings, index_digest: str | None = None) -> Encoder:
    """The encoder for questions; measures and writes nothing, and loads torch only where no other runtime will do.

    `index_digest`: of the vectors in the index (`Ledger.meta("encoder")`), None where there are none yet.
    Raises ConfigError where there is no such encoder, or the runtime of the settings cannot run it.
    """
    checkpoint = Checkpoint.of(encoder_folder(settings.encoder))
    encoder = _make(checkpoint, choose_runtime(settings, checkpoint, index_digest))
    if isinstance(encoder, GraphEncoder):
        encoder.prepare()
    return encoder


def open_document_encoder(
    settings: Settings, index_digest: str | None = None, report: Report = lambda _: None
) -> Encoder:
    """The encoder for documents, on the fastest runtime, for throughput; compiles its graph at the first text.

    Vectors, arguments and errors as for `open_encoder`, and ConfigError where the cache folder cannot be written.
    """
    checkpoint = Checkpoint.of(encoder_folder(settings.encoder))
    make = partial(_make, checkpoint, throughput=True)
    if settings.encoder_runtime != "auto":
        return make(settings.encoder_runtime)
    rates = measure_once(checkpoint, settings.cache_dir, make, report)
    return make(fastest(checkpoint, index_digest, rates, quick_start=False))


def choose_runtime(settings: Settings, checkpoint: Checkpoint, index_digest: str | None = None) -> Runtime:
    """The runtime for questions: that of the settings, or the fastest known that starts quickly."""
    if settings.encoder_runtime != "auto":
        return settings.encoder_runtime
    return fastest(checkpoint, index_digest, known_rates(checkpoint, settings.cache_dir), quick_start=True)


def fastest(
    checkpoint: Checkpoint, index_digest: str | None, rates: Mapping[Runtime, float], *, quick_start: bool
) -> Runtime:
    """The fastest runtime whose vectors are comparable to those of the index, or any where the index has none.

    Without `rates`: the first that can run. `quick_start`: not torch, which takes seconds to import, where another will
    do. Less exact runtimes are chosen only where their answers proved to be as good: int8 with the bundled weights.
    """
    able = runnable(checkpoint)
    usable = [r for r in able if checkpoint.digest(r) == index_digest] or [r for r in able if _is_proven(checkpoint, r)]
    if quick_start:
        usable = [r for r in usable if not r.startswith("torch")] or usable
    return max(usable, key=lambda runtime: rates.get(runtime, 0.0) / (MIN_SPEEDUP if runtime in DIGEST_SUFFIX else 1))


def runnable(checkpoint: Checkpoint) -> list[Runtime]:
    """The runtimes that can run a checkpoint on this machine, the default first."""
    able: list[Runtime] = []
    if checkpoint.shape and _is_installed("openvino"):
        from rag.models.openvino import has_bf16  # noqa: PLC0415 (heavy, and not on every machine)

        able += ["openvino-bf16", "openvino", "openvino-int8"] if has_bf16() else ["openvino", "openvino-int8"]
    return [*able, "torch", "torch-bf16"]


def compile_graph(
    runtime: Runtime,
    build: Callable[..., list[Any]],
    *,
    throughput: bool = False,
    ranges: ActivationRanges | None = None,
) -> CompiledGraph:
    """Compile a graph for a runtime other than torch; `throughput`: instead of latency; `ranges`: for int8.

    Raises ConfigError where the runtime is not installed.
    """
    try:
        from rag.models.openvino import PRECISIONS, OpenVinoGraph  # noqa: PLC0415 (heavy, and not on every machine)

        return OpenVinoGraph(build, PRECISIONS[runtime], throughput=throughput, ranges=ranges)
    except ImportError as error:
        raise ConfigError(
            f"RAG_ENCODER_RUNTIME={runtime!r} cannot be loaded: {error}; choose 'auto' or install it"
        ) from None


def measure_once(
    checkpoint: Checkpoint, cache_dir: Path, make: Callable[[Runtime], Encoder], report: Report
) -> dict[Runtime, float]:
    """Texts per second of each runtime, measured now or read from the cache folder.

    torch takes seconds to import and is slower on a CPU: it is measured only with a GPU, or where nothing else runs.
    """
    path = _rates_file(checkpoint, cache_dir)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(path.with_suffix(".lock")):
            return known_rates(checkpoint, cache_dir) or _measure(checkpoint, path, make, report)
    except OSError as error:
        raise ConfigError(
            f"cannot write to {str(path.parent)!r}: {error}; set RAG_CACHE_DIR to a folder of yours"
        ) from None


def known_rates(checkpoint: Checkpoint, cache_dir: Path) -> dict[Runtime, float]:
    """The rates that were measured on this machine with these versions before; empty where there are none."""
    try:
        rates = json.loads(_rates_file(checkpoint, cache_dir).read_text(encoding="utf-8"))["rates"]
        return {runtime: float(rates[runtime]) for runtime in runnable(checkpoint) if runtime in rates}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _make(checkpoint: Checkpoint, runtime: Runtime, *, throughput: bool = False) -> Encoder:
    digest, shape = checkpoint.digest(runtime), checkpoint.shape
    if runtime in ("torch", "torch-bf16"):
        return TorchEncoder(checkpoint.folder, bf16=runtime == "torch-bf16", digest=digest)
    if shape is None:
        raise ConfigError(
            f"RAG_ENCODER_RUNTIME={runtime!r} runs plain BERT with mean or CLS pooling and safetensors weights, which "
            f"{str(checkpoint.folder)!r} is not; choose 'auto' or 'torch'"
        )

    def compiled() -> CompiledGraph:
        build = partial(encoder_graph, weights=read_weights(checkpoint.folder, shape), shape=shape)
        return compile_graph(runtime, build, throughput=throughput, ranges=checkpoint.ranges(runtime))

    return GraphEncoder(checkpoint.folder, shape, compiled, digest)


def _is_proven(checkpoint: Checkpoint, runtime: Runtime) -> bool:
    return runtime not in DIGEST_SUFFIX or (runtime == "openvino-int8" and checkpoint.sha256 == BUNDLED_SHA256)


def _measure(
    checkpoint: Checkpoint, path: Path, make: Callable[[Runtime], Encoder], report: Report
) -> dict[Runtime, float]:
    able = [runtime for runtime in runnable(checkpoint) if _is_proven(checkpoint, runtime)]
    without_torch = [runtime for runtime in able if not runtime.startswith("torch")]
    rates: dict[Runtime, float] = {}
    for runtime in able if _has_gpu() or not without_torch else without_torch:
        report(f"Measuring once which runtime is fastest here: {runtime}")
        rates[runtime] = _rate(make(runtime))
    choice = fastest(checkpoint, None, rates, quick_start=False)
    record = {**_fingerprint(checkpoint.sha256), "rates": rates, "choice": choice}
    with NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, suffix=".tmp", delete=False) as file:
        json.dump(record, file, indent=1)
    Path(file.name).replace(path)
    report(f"Encoding with {choice}: {rates[choice]:.0f} texts a second")
    return rates


def _rate(encoder: Encoder) -> float:
    encoder.encode(SAMPLE)  # the first run compiles
    best = 0.0
    for _ in range(ROUNDS):
        start = time.perf_counter()
        encoder.encode(SAMPLE)
        best = max(best, len(SAMPLE) / (time.perf_counter() - start))
    return round(best, 1)


def _rates_file(checkpoint: Checkpoint, cache_dir: Path) -> Path:
    identity = json.dumps(_fingerprint(checkpoint.sha256), sort_keys=True)
    return cache_dir / f"runtime-{hashlib.sha256(identity.encode()).hexdigest()[:16]}.json"


def _fingerprint(sha256: str) -> dict[str, Any]:
    """Everything on which a rate depends: another CPU, another version or other weights are measured again."""
    versions = {name: metadata.version(name) for name in PACKAGES if _is_installed(name)}
    return {"cpu": _cpu(), "cores": os.cpu_count(), "gpu": _has_gpu(), "versions": versions, "weights": sha256}


def _is_installed(package: str) -> bool:
    return util.find_spec(package) is not None


def _has_gpu() -> bool:
    """Whether torch may find an accelerator: an NVIDIA card, or an Apple processor."""
    apple = platform.system() == "Darwin" and platform.machine() == "arm64"
    return apple or any(Path("/dev").glob("nvidia[0-9]*")) or shutil.which("nvidia-smi") is not None


def _cpu() -> str:
    """Name and features of the CPU, on Linux the lines "model name" and "flags"."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return f"{platform.machine()} {platform.processor()}"
    wanted = ("model name", "flags", "CPU part", "Features")
    return " ".join(sorted({" ".join(line.split()) for line in lines if line.startswith(wanted)}))
