import pytest
from chatserver import ChatServer, serving

from rag.errors import ConfigError, ModelUnavailable
from rag.models.chat import PROVIDERS, Provider, chat_model, destination, models_available, ping
from rag.settings import Settings, load_settings


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for provider in PROVIDERS.values():
        for name in (*provider.key_variables, *provider.address_variables):
            monkeypatch.delenv(name, raising=False)


def named(name: str, address: str = "", **more: object) -> Settings:
    return load_settings(chat_model=name, chat_base_url=address, **more)


@pytest.mark.parametrize("name", ["gpt-4o", "gemini-2.0-flash", ":m", "openai:", "openai: "])
def test_a_name_without_provider_is_an_error_that_shows_the_form(name: str) -> None:
    with pytest.raises(ConfigError, match=r"provider:model.*'ollama:llama3\.2'") as caught:
        chat_model(named(name))
    assert repr(name) in str(caught.value)


@pytest.mark.parametrize("name", ["huggingface:x", "OpenAI:gpt-4o", "gpt-4o:mini"])
def test_an_unknown_provider_is_an_error_that_lists_the_known(name: str) -> None:
    with pytest.raises(ConfigError, match=r"anthropic, google_genai, ollama, openai.*RAG_CHAT_BASE_URL"):
        destination(named(name))


def test_a_missing_package_is_an_error_that_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PROVIDERS, "elsewhere", Provider("langchain_elsewhere", "elsewhere", "https://x.example"))
    with pytest.raises(ConfigError, match=r"'langchain-elsewhere'.*uv pip install -e '\.\[elsewhere\]'"):
        chat_model(named("elsewhere:m"))


@pytest.mark.parametrize(("name", "key"), [("openai:m", "OPENAI_API_KEY"), ("anthropic:m", "ANTHROPIC_API_KEY")])
def test_a_missing_key_is_an_error_that_names_the_variable(name: str, key: str) -> None:
    pytest.importorskip(PROVIDERS[name.split(":", maxsplit=1)[0]].package)
    with pytest.raises(ModelUnavailable, match=key):
        chat_model(named(name))


def test_a_server_of_ones_own_needs_no_key() -> None:
    chat_model(named("openai:m", "http://127.0.0.1:9/v1"))


@pytest.mark.parametrize("name", sorted(PROVIDERS))
def test_every_provider_makes_a_model(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for key in PROVIDERS[name].key_variables[:1]:
        monkeypatch.setenv(key, "none")
    pytest.importorskip(PROVIDERS[name].package)
    assert chat_model(named(f"{name}:m", chat_timeout=7))


def test_no_model_is_an_error_that_names_the_setting() -> None:
    with pytest.raises(ConfigError, match="RAG_CHAT_MODEL"):
        chat_model(named(""))


@pytest.mark.parametrize("address", ["ftp://host", "http://", "file:///etc/passwd"])
def test_an_address_that_is_none_is_an_error(address: str) -> None:
    with pytest.raises(ConfigError, match="is no address"):
        destination(named("openai:m", address))


@pytest.mark.parametrize(
    ("name", "address", "host"),
    [
        ("", "", None),
        ("openai:m", "", "api.openai.com"),
        ("anthropic:m", "", "api.anthropic.com"),
        ("google_genai:m", "", "generativelanguage.googleapis.com"),
        ("ollama:m", "", "this computer"),
        ("openai:m", "http://localhost:8000/v1", "this computer"),
        ("openai:m", "http://[::1]:8000/v1", "this computer"),
        ("openai:m", "127.0.0.1:8000", "this computer"),
        ("openai:m", "https://models.example/v1", "models.example"),
        ("ollama:m", "http://192.0.2.7:11434", "192.0.2.7"),
        ("ollama:m", "http://localhost.models.example", "localhost.models.example"),
        ("ollama:m", "http://localhost@models.example", "models.example"),
    ],
)
def test_the_host_that_would_receive_passages_is_named(name: str, address: str, host: str | None) -> None:
    if name.startswith(("anthropic", "google")):
        pytest.importorskip(PROVIDERS[name.partition(":")[0]].package)
    assert destination(named(name, address)) == host


def test_an_address_in_the_providers_own_variable_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OLLAMA_HOST", "models.example")
    monkeypatch.setenv("OPENAI_BASE_URL", "https://gateway.example/v1")
    assert destination(named("ollama:m")) == "models.example"
    assert destination(named("openai:m")) == "gateway.example"
    assert destination(named("openai:m", "http://127.0.0.1:1")) == "this computer"


def test_ping_says_whether_the_model_is_there() -> None:
    with serving(ChatServer(models=["llama:latest"])) as chat:
        assert ping(named("ollama:llama", chat.address)) is None
        assert "ollama pull missing" in str(ping(named("ollama:missing", chat.address)))
        assert ping(named("openai:m", chat.address)) is None
        assert models_available(named("ollama:llama", chat.address)) == ("llama:latest",)
    assert "ollama serve" in str(ping(named("ollama:llama", chat.address)))
    assert "'openai:m'" in str(ping(named("openai:m", chat.address)))
    assert models_available(named("ollama:llama", chat.address)) == ()
    assert ping(named("")) is None
    assert all(method == "/api/tags" or not body for method, body, _ in chat.seen)


def test_a_server_with_a_problem_of_its_own_has_no_models() -> None:
    with serving(ChatServer(status=500, models=["m"])) as chat:
        assert models_available(named("ollama:m", chat.address)) == ()
