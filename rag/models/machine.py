"""What this machine is, as far as the speed of a runtime depends on it; imports nothing heavy."""

import os
import platform
import shutil
from importlib import metadata, util
from pathlib import Path
from typing import Any

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
