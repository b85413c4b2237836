"""What keeps libraries silent and in their place: variables of the environment, set before a library reads them.

Processes that we start inherit them.
"""

import ipaddress
import os
from pathlib import Path
from urllib.parse import urlsplit

OFF = {
    "ORT_DISABLE_TELEMETRY": "1",  # onnxruntime, which chromadb brings and nothing here loads
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "ANONYMIZED_TELEMETRY": "False",  # chromadb
    "GRADIO_ANALYTICS_ENABLED": "False",
    # LangSmith, which is sent every passage where another project has it switched on; the first that is set wins
    "LANGSMITH_TRACING_V2": "false",
    "LANGCHAIN_TRACING_V2": "false",
    "LANGSMITH_TRACING": "false",
    "LANGCHAIN_TRACING": "false",
}
"""Set whatever the environment says."""
UNLESS_SET = {"HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}
"""Set where the environment says nothing: code beside ours may want models of its own, or many threads."""


def keep_offline() -> None:
    """Switch off, in this process and those that it starts, whatever a library would send by itself."""
    os.environ.update(OFF)
    for name, value in UNLESS_SET.items():
        os.environ.setdefault(name, value)


def keep_in(folder: Path) -> None:
    """Have matplotlib, which draws reports and which Gradio imports, keep its files in our cache folder.

    The named backend spares Gradio the search for one, which reads every font of the machine.
    """
    os.environ.setdefault("MPLCONFIGDIR", str(folder / "matplotlib"))
    os.environ.setdefault("MPLBACKEND", "agg")


def direct(address: str) -> str:
    """The address, for which no proxy is asked from now on where it is of this computer.

    HTTP_PROXY alone would have whatever is meant for 127.0.0.1 sent to the proxy.
    """
    host = urlsplit(address).hostname or ""
    spared = os.environ.get("no_proxy") or os.environ.get("NO_PROXY", "")
    if is_here(host) and host not in spared.split(","):
        os.environ["no_proxy"] = f"{spared},{host}".lstrip(",")
    return address


def is_here(host: str) -> bool:
    """Whether a host is this computer, told from its name or number alone."""
    try:
        found = ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
    return found.is_loopback or found.is_unspecified
