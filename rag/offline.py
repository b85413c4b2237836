"""Keep libraries from using the network, by environment variables that are set before a library reads them.

Child processes inherit them.
"""

import ipaddress
import os
from pathlib import Path
from urllib.parse import urlsplit

ALWAYS = {
    "ORT_DISABLE_TELEMETRY": "1",  # onnxruntime: a dependency of chromadb that nothing here loads
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "ANONYMIZED_TELEMETRY": "False",  # chromadb
    "GRADIO_ANALYTICS_ENABLED": "False",
    # LangSmith would get every passage where another project has switched it on; the first that is set wins
    "LANGSMITH_TRACING_V2": "false",
    "LANGCHAIN_TRACING_V2": "false",
    "LANGSMITH_TRACING": "false",
    "LANGCHAIN_TRACING": "false",
}
"""Set in any case."""
BY_DEFAULT = {"HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}
"""Set unless the environment has another value: other code in the process may download models, or want threads."""


def keep_offline() -> None:
    """Switch off the telemetry and downloads of all libraries, in this process and in its children."""
    os.environ.update(ALWAYS)
    for name, value in BY_DEFAULT.items():
        os.environ.setdefault(name, value)


def set_matplotlib_folder(folder: Path) -> None:
    """Have matplotlib, which draws reports and which Gradio imports, keep its files in our cache folder.

    Setting the backend saves Gradio the search for one, which reads every font of the machine.
    """
    os.environ.setdefault("MPLCONFIGDIR", str(folder / "matplotlib"))
    os.environ.setdefault("MPLBACKEND", "agg")


def bypass_proxy(address: str) -> str:
    """Return the address; if it is on this computer, requests to it bypass any proxy from now on.

    With HTTP_PROXY alone, requests to 127.0.0.1 would be sent to the proxy.
    """
    host = urlsplit(address).hostname or ""
    bypassed = os.environ.get("no_proxy") or os.environ.get("NO_PROXY", "")
    if is_local(host) and host not in bypassed.split(","):
        os.environ["no_proxy"] = f"{bypassed},{host}".lstrip(",")
    return address


def is_local(host: str) -> bool:
    """Whether a host is this computer, by its name or address alone."""
    try:
        ip = ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
    return ip.is_loopback or ip.is_unspecified
