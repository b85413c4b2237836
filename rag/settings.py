"""Settings: RAG_* variables override rag.toml in the current folder, which overrides the defaults here.

An unknown one is an error. No .env is read, and no provider's key: keys stay in the environment, where the providers'
packages look for them.
"""

import hashlib
import os
import tomllib
import warnings
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import platformdirs
from pydantic import Field, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from rag.errors import ConfigError

Runtime = Literal["openvino-bf16", "openvino", "openvino-int8", "torch", "torch-bf16"]
TOML = Path("rag.toml")
MEGABYTE = 1_000_000
RENAMED = {
    "candidates": "retrieve_top_k",
    "reader_windows": "rerank_top_k",
    "passages": "top_k",
    "threshold": "answer_threshold",
    "unsupported": "unsupported_sentences",
}
"""Names of version 0.1 and what they are called now; they work until version 0.3."""
ANSWER_FIELDS = {
    "encoder",
    "chunk_tokens",
    "retrieve_top_k",
    "rerank_top_k",
    "top_k",
    "answer_threshold",
    "uncertain_threshold",
    "chat_model",
    "unsupported_sentences",
    "check",
}


class Settings(BaseSettings):
    """All settings, frozen. Each is RAG_<NAME> in the environment."""

    model_config = SettingsConfigDict(env_prefix="RAG_", frozen=True, extra="forbid", env_file=None)

    data_dir: Path = Field(
        default_factory=lambda: Path(platformdirs.user_data_dir("rag-assistant")),
        description="folder of the index and the conversations",
    )
    cache_dir: Path = Field(
        default_factory=lambda: Path(platformdirs.user_cache_dir("rag-assistant")),
        description="folder of files that can be made again (measured speeds, fonts)",
    )
    chroma_url: str = Field("", description="a Chroma server (http://host:port) instead of the local folder")
    encoder: str = Field("bundled", description="'bundled', or a folder with a sentence-transformers model")
    encoder_runtime: Runtime | Literal["auto"] = Field(
        "auto", description="runtime of encoder and reader; 'auto': the fastest, measured at the first indexing"
    )
    chunk_tokens: int = Field(120, ge=32, le=254, description="size of a chunk in the encoder's tokens")
    retrieve_top_k: int = Field(
        40, ge=10, le=500, description="chunks taken from keyword search and from vector search"
    )
    rerank_top_k: int = Field(16, ge=0, le=200, description="the best of them that the reader reranks; 0: none")
    top_k: int = Field(
        12,
        ge=10,
        le=50,
        description="passages offered as evidence for a question; a chat model sees those that its window has room for",
    )
    answer_threshold: float = Field(
        0.60, ge=0, le=1, description="answer from this probability that the documents answer"
    )
    uncertain_threshold: float = Field(
        0.45,
        ge=0,
        le=1,
        validate_default=False,  # who only lowers answer_threshold below it gets no uncertain answers, and no error
        description="from here up to RAG_ANSWER_THRESHOLD, show the closest sentences as uncertain; refuse below",
    )
    chat_model: str = Field("", description="provider:model, e.g. ollama:llama3.2; empty: answer by quoting")
    chat_base_url: str = Field("", description="address of an OpenAI-compatible or Ollama server")
    chat_context_tokens: int = Field(8192, ge=1024, description="context window of the chat model in tokens")
    chat_timeout: float = Field(60, gt=0, description="seconds to wait for the chat model")
    unsupported_sentences: Literal["mark", "withdraw"] = Field(
        "mark",
        description="sentences of a chat model that no passage supports: 'mark' labels them, 'withdraw' drops them",
    )
    check: Literal["checker", "model"] = Field(
        "checker",
        description="who checks the sentences of a chat model: rules and 'checker', then the 'model' itself too",
    )
    max_file_mb: float = Field(100, gt=0, description="larger files are not indexed")
    max_file_seconds: float = Field(60, gt=0, description="seconds after which the reading of a file is stopped")
    max_file_memory_mb: float = Field(1000, gt=0, description="megabytes of memory at which it is stopped")
    auth: Path | None = Field(None, description="file of the users of the page; `rag user add` writes it")

    @field_validator("uncertain_threshold")
    @classmethod
    def _at_most_answer_threshold(cls, value: float, info: ValidationInfo) -> float:
        answer_threshold = info.data.get("answer_threshold", 1.0)  # missing where it is itself invalid
        if value > answer_threshold:
            raise ValueError(f"it is above 'answer_threshold' ({answer_threshold!r}); lower it, or raise that one")
        return value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments, then the environment; `load_settings` reads rag.toml, the lowest layer."""
        return init_settings, env_settings

    def digest(self) -> str:
        """Hash of the settings that can change an answer, the same on every machine."""
        first_names = {new: old for old, new in RENAMED.items()}  # renaming must not change the digest
        values = self.model_dump(mode="json", include=ANSWER_FIELDS)
        named = sorted((first_names.get(name, name), value) for name, value in values.items())
        return hashlib.sha256(repr(named).encode()).hexdigest()[:16]


def load_settings(**overrides: Any) -> Settings:
    """Read the settings; `overrides` win over everything.

    Raises ConfigError on an unknown or malformed key, in the environment or in rag.toml. Warns (FutureWarning) of a
    setting under its old name.
    """
    settings, notices = read_settings(overrides)
    for notice in notices:
        warnings.warn(notice, FutureWarning, stacklevel=2)
    return settings


def read_settings(overrides: Mapping[str, Any] | None = None) -> tuple[Settings, list[str]]:
    """The settings, and a notice for each that was given under its old name; raises what `load_settings` raises."""
    variables = {_variable(old): _variable(new) for old, new in RENAMED.items()}
    known = [_variable(name) for name in Settings.model_fields]
    in_environment = {name: value for name, value in os.environ.items() if name.startswith("RAG_")}
    if unknown := sorted(in_environment.keys() - known - variables.keys()):
        raise ConfigError(f"unknown setting {unknown[0]!r} in the environment; {_known(unknown[0], sorted(known))}")
    where = str(TOML.absolute())
    from_environment, notices = _renamed(in_environment, variables, "the environment")
    from_file, more = _renamed(_read_toml(), RENAMED, repr(where))
    for name in from_file.keys() - Settings.model_fields.keys():
        raise ConfigError(f"unknown setting {name!r} in {where!r}; {_known(name, sorted(Settings.model_fields))}")
    from_arguments, most = _renamed(overrides or {}, RENAMED, "an argument")
    layers = from_file | {name.removeprefix("RAG_").lower(): value for name, value in from_environment.items()}
    try:
        return Settings(**(layers | from_arguments)), notices + more + most
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0])
        ours = first.get("ctx", {}).get("error")  # what a validator of Settings raised
        raise ConfigError(
            f"setting {name!r} cannot be {first.get('input')!r}: {ours or _wanted(name, first['msg'])}"
        ) from None


def with_new_names(values: Mapping[str, Any]) -> dict[str, Any]:
    """Settings from a file of version 0.1 under their current names."""
    return {RENAMED.get(name, name): value for name, value in values.items()}


def _renamed(values: Mapping[str, Any], names: Mapping[str, str], where: str) -> tuple[dict[str, Any], list[str]]:
    """The values under their new names, and a notice for each old name; a value under the new name wins."""
    notices = [
        f"setting {old!r} in {where} is ignored, because {new!r} is its new name and set as well: remove {old!r}"
        if new in values
        else f"setting {old!r} in {where} is called {new!r} now; the old name works until version 0.3: rename it"
        for old, new in names.items()
        if old in values
    ]
    new_names = {names[name]: value for name, value in values.items() if name in names}
    return new_names | {name: value for name, value in values.items() if name not in names}, notices


def _variable(name: str) -> str:
    return f"RAG_{name}".upper()


def _known(name: str, known: Sequence[str]) -> str:
    """A hint: the settings that are spelled like `name`, or else all of them."""
    near = get_close_matches(name, known, 3, 0.7)
    return f"did you mean {' or '.join(map(repr, near))}?" if near else f"known are {', '.join(known)}"


def _wanted(name: str, otherwise: str) -> str:
    """A hint: the values that a setting takes; pydantic's message where its type does not tell."""
    field = Settings.model_fields.get(name)
    if field is None:
        return otherwise
    if words := _words(field.annotation):
        return f"give {', '.join(map(repr, words[:-1]))} or {words[-1]!r}"
    kinds: dict[Any, str] = {int: "a whole number", float: "a number", str: "text"}
    kind = kinds.get(field.annotation)
    if kind is None:
        return otherwise
    signs = {"gt": "above", "ge": "from", "lt": "below", "le": "to"}
    limits = [f"{signs[sign]} {getattr(one, sign)}" for one in field.metadata for sign in signs if hasattr(one, sign)]
    return " ".join(["give", kind, *limits])


def _words(kind: Any) -> list[str]:
    """The words that a type allows, none where it is not a Literal."""
    if get_origin(kind) is Literal:
        return [str(word) for word in get_args(kind)]
    return [word for one in get_args(kind) for word in _words(one)]


def _read_toml() -> dict[str, Any]:
    try:
        return tomllib.loads(TOML.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{str(TOML.absolute())!r} is not valid TOML: {error}; correct or delete it") from None
