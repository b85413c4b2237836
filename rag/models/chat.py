"""Chat models by name: the only file that knows providers, their addresses and the variables of their keys.

The packages of the providers read keys from the process environment, never from a file.
"""

import os
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx

from rag.errors import ConfigError, ModelUnavailable
from rag.offline import bypass_proxy, is_local
from rag.settings import Settings

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from rag.models.chat_adapting import RequestForm

_RETRIES = 1  # each may take as long as the first try
_PING_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Provider:
    """A provider of chat models: its package here, the extra that installs it, its address, its environment variables.

    `key_variables`: of its API key; `address_variables`: of another address, as its own tools read them. The hints tell
    the user what to do if its server does not answer, or has no such model.
    """

    package: str
    extra: str
    address: str
    key_variables: tuple[str, ...] = ()
    address_variables: tuple[str, ...] = ()
    unreachable_hint: str = "Check the network and RAG_CHAT_BASE_URL."
    missing_model_hint: str = "Check the name."


PROVIDERS = {
    "openai": Provider(
        "langchain_openai",
        "openai",
        "https://api.openai.com/v1",
        ("OPENAI_API_KEY",),
        ("OPENAI_BASE_URL", "OPENAI_API_BASE"),
    ),
    "anthropic": Provider(
        "langchain_anthropic",
        "anthropic",
        "https://api.anthropic.com",
        ("ANTHROPIC_API_KEY",),
        ("ANTHROPIC_API_URL", "ANTHROPIC_BASE_URL"),
    ),
    "google_genai": Provider(
        "langchain_google_genai",
        "google",
        "https://generativelanguage.googleapis.com",
        ("GOOGLE_API_KEY", "GEMINI_API_KEY"),
    ),
    "ollama": Provider(
        "langchain_ollama",
        "ollama",
        "http://127.0.0.1:11434",
        address_variables=("OLLAMA_HOST",),
        unreachable_hint="Start Ollama with: ollama serve",
        missing_model_hint="Get it with: ollama pull {model}",
    ),
}


@dataclass(frozen=True, slots=True)
class ChosenModel:
    """The chat model of the settings, validated. `address`: URL of its server."""

    provider_name: str
    model: str
    address: str

    @property
    def provider(self) -> Provider:
        """Its provider."""
        return PROVIDERS[self.provider_name]

    @property
    def host(self) -> str:
        """Who receives the passages: "this computer", or a host name."""
        host = urlsplit(self.address).hostname or ""
        return "this computer" if is_local(host) else host


def chosen_model(settings: Settings) -> ChosenModel | None:
    """The chat model of the settings, None for none. Raises ConfigError where its name or its address is not valid."""
    if not settings.chat_model:
        return None
    name, colon, model = settings.chat_model.partition(":")
    known = ", ".join(sorted(PROVIDERS))
    if not colon or not name or not model.strip():
        missing = "model" if colon and name else "provider"
        raise ConfigError(
            f"chat_model {settings.chat_model!r} names no {missing}: write provider:model, for instance"
            f" 'ollama:llama3.2' or 'openai:gpt-4o-mini'; providers are {known}"
        )
    if name not in PROVIDERS:
        raise ConfigError(
            f"chat_model {settings.chat_model!r} names the unknown provider {name!r}; known are {known}. A server that"
            " speaks OpenAI's protocol is 'openai:MODEL' with its address in RAG_CHAT_BASE_URL"
        )
    provider = PROVIDERS[name]
    if find_spec(provider.package) is None:
        raise ConfigError(
            f"chat_model {settings.chat_model!r} needs the package {provider.package.replace('_', '-')!r}:"
            f" run .venv/bin/uv pip install -e '.[{provider.extra}]' in the folder of this project"
        )
    return ChosenModel(name, model.strip(), _address(settings, provider))


def destination(settings: Settings) -> str | None:
    """The host that would receive passages: None without a model, "this computer" for a local server."""
    chosen = chosen_model(settings)
    return chosen.host if chosen else None


def chat_model(settings: Settings) -> "BaseChatModel":
    """The LangChain model of the settings; nothing is sent yet.

    Raises ConfigError on a bad name or a missing package, ModelUnavailable where its key is missing.
    """
    from langchain.chat_models import init_chat_model  # noqa: PLC0415 (a second to import)

    from rag.models.chat_adapting import AdaptingChatModel, RequestForm  # noqa: PLC0415 (LangChain)

    chosen = chosen_model(settings)
    if chosen is None:
        raise ConfigError("no chat model is set: name one in RAG_CHAT_MODEL, for instance 'ollama:llama3.2'")
    variables = chosen.provider.key_variables
    keyless = bool(variables) and not any(os.environ.get(variable) for variable in variables)
    if keyless and not settings.chat_base_url:
        raise ModelUnavailable(
            f"{settings.chat_model!r} needs a key: set {variables[0]} in the environment and start again"
        )

    def build(form: RequestForm) -> "BaseChatModel":
        options = _options(chosen, settings, form)
        if keyless:
            options["api_key"] = "none"  # a server on premises usually needs no key, but the package insists on one
        model: BaseChatModel = init_chat_model(f"{chosen.provider_name}:{chosen.model}", **options)
        return model

    openai = chosen.provider_name == "openai"
    return AdaptingChatModel(build=build, form=RequestForm(bypass_proxy(chosen.address)), adds_version=openai)


def _options(chosen: ChosenModel, settings: Settings, form: "RequestForm") -> dict[str, Any]:
    """The arguments of the provider's package. A redirect would hand the passages to a host that no message names."""
    options: dict[str, Any] = {"base_url": form.address, "disable_streaming": not form.streaming}
    if form.temperature:
        options["temperature"] = 0
    if chosen.provider_name == "ollama":
        # without num_ctx Ollama truncates the prompt to 2048 or 4096 tokens without an error
        client = {"timeout": settings.chat_timeout, "follow_redirects": False}
        return options | {"num_ctx": settings.chat_context_tokens, "client_kwargs": client}
    if chosen.provider_name == "openai":
        options["http_client"] = _client_without_redirects(form.address, settings.chat_timeout)
        options["http_socket_options"] = ()  # else it warns, for its unused other client, whenever a proxy is bypassed
    return options | {"timeout": settings.chat_timeout, "max_retries": _RETRIES}


@cache
def _client_without_redirects(_address: str, timeout: float) -> httpx.Client:
    """One for each address, for it reads once which hosts bypass the proxy."""
    return httpx.Client(timeout=timeout, follow_redirects=False)


def ping(settings: Settings) -> str | None:
    """Why the chat model cannot be used, None if its server answers; sends no question and no passage."""
    chosen = chosen_model(settings)
    if chosen is None:
        return None
    try:
        httpx.get(bypass_proxy(chosen.address), timeout=_PING_SECONDS)
    except (httpx.HTTPError, OSError):
        return f"{settings.chat_model!r} ({chosen.host}) cannot be reached. {chosen.provider.unreachable_hint}"
    tags = {chosen.model, f"{chosen.model}:latest"}
    if chosen.provider_name == "ollama" and tags.isdisjoint(models_available(settings)):
        hint = chosen.provider.missing_model_hint.format(model=chosen.model)
        return f"There is no model {chosen.model!r} ({chosen.host}). {hint}"
    return None


def models_available(settings: Settings) -> tuple[str, ...]:
    """The models that the Ollama server has; empty where there is no such server."""
    chosen = chosen_model(settings)
    address = chosen.address if chosen and chosen.provider_name == "ollama" else _address(settings, PROVIDERS["ollama"])
    try:
        tags = (
            httpx.get(f"{bypass_proxy(address).rstrip('/')}/api/tags", timeout=_PING_SECONDS).raise_for_status().json()
        )
        return tuple(str(model["name"]) for model in tags["models"])
    except (httpx.HTTPError, OSError, ValueError, KeyError, TypeError):
        return ()


def _address(settings: Settings, provider: Provider) -> str:
    """The address of a provider: the setting, else its own variable, else its default.

    It is always passed on, so that no other variable (LANGSMITH_GATEWAY) can redirect the passages.
    """
    configured = settings.chat_base_url or next(
        (v for name in provider.address_variables if (v := os.environ.get(name))), ""
    )
    if not configured:
        return provider.address
    address = configured if "://" in configured else f"http://{configured}"
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ConfigError(f"chat_base_url {configured!r} is no address: write it like 'http://127.0.0.1:8000/v1'")
    if provider.extra == "ollama" and not settings.chat_base_url and parts.port is None:
        address = f"{address.rstrip('/')}:11434"
    return address
