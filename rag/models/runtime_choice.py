"""Which runtimes can run a model here, how fast each is, and which one to take; measured once and kept per machine.

Vectors of one digest are interchangeable. fp32 and bf16 graphs agree to a cosine of 0.9999 and more, and share the
digest of the weights; int8 (0.998) and torch in bf16 (0.999) do not, and have digests of their own.
"""

import hashlib
import json
import os
import platform
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import metadata, util
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from filelock import FileLock

from rag.errors import ConfigError
from rag.models.bert import BertShape, read_shape
from rag.models.encoder import BUNDLED_SHA256, Encoder, weights_digest
from rag.models.quantize import Ranges, ranges_of
from rag.settings import Runtime

Report = Callable[[str], None]
"""Called with a plain sentence about what is being measured."""

OWN_DIGEST: Mapping[Runtime, str] = {"openvino-int8": "-int8", "torch-bf16": "-bf16"}
PROBE = [f"{n} people gave evidence, and the committee asked each of them what had been seen. " * 7 for n in range(64)]
"""Texts of 117 tokens, about as long as a chunk is by default."""
ROUNDS = 3
MIN_SPEEDUP = 1.1  # how many times as fast a less exact runtime has to be


@dataclass(frozen=True, slots=True)
class Model:
    """An encoder's folder, the SHA-256 of its weights, and its shape where it is plain BERT."""

    folder: Path
    weights: str
    shape: BertShape | None

    @classmethod
    def of(cls, folder: Path) -> "Model":
        """The model in a folder. Raises ConfigError where it has no weights."""
        return cls(folder, weights_digest(folder), read_shape(folder))

    def digest(self, runtime: Runtime) -> str:
        """What marks the vectors of a runtime: vectors of different digests are never compared."""
        ranges = self.ranges(runtime)
        return self.weights[:16] + OWN_DIGEST.get(runtime, "") + (f"-{ranges.digest}" if ranges else "")

    def ranges(self, runtime: Runtime) -> Ranges | None:
        """What was measured of these weights for int8; None for another runtime."""
        return ranges_of(self.weights) if runtime == "openvino-int8" else None


def runnable(model: Model) -> list[Runtime]:
    """The runtimes that can run a model here, the one to take unmeasured first."""
    able: list[Runtime] = []
    if model.shape and installed("openvino"):
        from rag.models.openvino import has_bf16  # noqa: PLC0415 (heavy, and not on every machine)

        able += ["openvino-bf16", "openvino", "openvino-int8"] if has_bf16() else ["openvino", "openvino-int8"]
    return [*able, "torch", "torch-bf16"]


def choose(model: Model, vectors: str | None, rates: Mapping[Runtime, float], light: bool) -> Runtime:
    """The fastest runtime whose vectors may join `vectors`, the digest of an index, or any where that is None.

    Unmeasured (no `rates`): the first that can run. `light`: not torch, seconds to import, where another will do.
    Only runtimes whose answers were measured to be as good are taken unasked: int8 with the bundled weights alone.
    """
    able = runnable(model)
    fitting = [r for r in able if model.digest(r) == vectors] or [r for r in able if _proven(model, r)]
    if light:
        fitting = [r for r in fitting if not r.startswith("torch")] or fitting
    return max(fitting, key=lambda runtime: rates.get(runtime, 0.0) / (MIN_SPEEDUP if runtime in OWN_DIGEST else 1))


def _proven(model: Model, runtime: Runtime) -> bool:
    return runtime not in OWN_DIGEST or (runtime == "openvino-int8" and model.weights == BUNDLED_SHA256)


def probe(model: Model, cache_dir: Path, make: Callable[[Runtime], Encoder], report: Report) -> dict[Runtime, float]:
    """Texts a second of each runtime worth taking, measured now or remembered from an earlier time.

    torch takes seconds to import and is slower on a CPU: it is measured only with a GPU, or where nothing else runs.
    """
    path = _record(model, cache_dir)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(path.with_suffix(".lock")):
            return measured(model, cache_dir) or _measure_and_keep(model, path, make, report)
    except OSError as error:
        raise ConfigError(
            f"cannot write to {str(path.parent)!r}: {error}; set RAG_CACHE_DIR to a folder of yours"
        ) from None


def measured(model: Model, cache_dir: Path) -> dict[Runtime, float]:
    """What `probe` found earlier on this very machine with these very versions; empty where there is nothing."""
    try:
        kept = json.loads(_record(model, cache_dir).read_text(encoding="utf-8"))
        rates = kept["rates"]
        return {runtime: float(rates[runtime]) for runtime in runnable(model) if runtime in rates}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _measure_and_keep(
    model: Model, path: Path, make: Callable[[Runtime], Encoder], report: Report
) -> dict[Runtime, float]:
    able = [runtime for runtime in runnable(model) if _proven(model, runtime)]
    light = [runtime for runtime in able if not runtime.startswith("torch")]
    rates: dict[Runtime, float] = {}
    for runtime in able if has_gpu() or not light else light:
        report(f"Measuring once which runtime is fastest here: {runtime}")
        rates[runtime] = _rate(make(runtime))
    choice = choose(model, None, rates, light=False)
    kept = {**describe(model.weights), "rates": rates, "choice": choice}
    with NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, suffix=".tmp", delete=False) as file:
        json.dump(kept, file, indent=1)
    Path(file.name).replace(path)
    report(f"Encoding with {choice}: {rates[choice]:.0f} texts a second")
    return rates


def _rate(encoder: Encoder) -> float:
    encoder.encode(PROBE)  # the first run prepares
    best = 0.0
    for _ in range(ROUNDS):
        start = time.perf_counter()
        encoder.encode(PROBE)
        best = max(best, len(PROBE) / (time.perf_counter() - start))
    return round(best, 1)


def _record(model: Model, cache_dir: Path) -> Path:
    identity = json.dumps(describe(model.weights), sort_keys=True)
    return cache_dir / f"runtime-{hashlib.sha256(identity.encode()).hexdigest()[:16]}.json"


PACKAGES = ("openvino", "torch", "sentence_transformers")


def describe(weights: str) -> dict[str, Any]:
    """All that a measured rate depends on: another CPU, another version or other weights are measured anew."""
    versions = {name: metadata.version(name) for name in PACKAGES if installed(name)}
    return {"cpu": _cpu(), "cores": os.cpu_count(), "gpu": has_gpu(), "versions": versions, "weights": weights}


def installed(package: str) -> bool:
    """Whether a package can be imported."""
    return util.find_spec(package) is not None


def has_gpu() -> bool:
    """Whether torch may find an accelerator: an NVIDIA card, or Apple's own processor."""
    apple = platform.system() == "Darwin" and platform.machine() == "arm64"
    return apple or any(Path("/dev").glob("nvidia[0-9]*")) or shutil.which("nvidia-smi") is not None


def _cpu() -> str:
    """Name and abilities of the CPU, e.g. the lines "model name" and "flags" of Linux."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return f"{platform.machine()} {platform.processor()}"
    wanted = ("model name", "flags", "CPU part", "Features")
    return " ".join(sorted({" ".join(line.split()) for line in lines if line.startswith(wanted)}))
