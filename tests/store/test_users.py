"""Who may use the page: passwords are hashed, checked slowly, and nothing listens to other machines without users."""

import hashlib
import stat
import threading
from base64 import b64encode
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from rag.cli import app
from rag.errors import ConfigError
from rag.settings import Settings
from rag.store.users import Users, add_user, require_users_beyond_loopback, users_file

PASSWORD = "correct horse"


def line(name: str, password: str) -> str:
    """A user with a hash that is quickly made; those that `add_user` makes take a quarter of a second."""
    digest = hashlib.scrypt(password.encode(), salt=b"salt", n=16, r=1, p=1, dklen=32)
    return f"{name}:scrypt:16:1:1:{b64encode(b'salt').decode()}:{b64encode(digest).decode()}\n"


@pytest.fixture
def users(tmp_path: Path) -> Path:
    path = tmp_path / "users.txt"
    path.write_text(line("anna", PASSWORD) + line("bob", "battery staple"))
    return path


def test_only_the_right_password_of_the_right_user_lets_in(users: Path) -> None:
    check = Users(users).check
    assert check("anna", PASSWORD)
    assert check("bob", "battery staple")
    for name, password in [
        ("anna", "battery staple"), ("Anna", PASSWORD), ("", ""), ("bob", "\ud800"), ("carol", "x" * 100_000),
    ]:  # fmt: skip
        assert not check(name, password)


def test_the_file_holds_no_password_and_is_the_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "users.txt"
    add_user(path, "anna", PASSWORD)
    first = path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert PASSWORD not in first
    assert first.startswith("anna:scrypt:32768:8:3:")
    add_user(path, "anna", "another password")
    assert path.read_text() != first
    assert Users(path).check("anna", "another password")
    assert path.read_text().count("anna") == 1
    assert [p.name for p in path.parent.iterdir() if p.suffix != ".lock"] == ["users.txt"]


def test_a_change_of_the_file_counts_at_once(users: Path) -> None:
    check = Users(users).check
    users.write_text(line("carol", "carols password"))
    assert check("carol", "carols password")
    assert not check("anna", PASSWORD)


def test_many_may_log_in_at_once(users: Path) -> None:
    check, found = Users(users).check, []
    threads = [threading.Thread(target=lambda: found.append(check("anna", PASSWORD))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [True] * 3


@pytest.mark.parametrize(
    "name",
    ["", "Anna", "../anna", "a/b", ".hidden", "a:b", "anna\n", "shared", "x" * 33, "anna b", "аnna", "-a", "\ud800"],
)
def test_a_name_that_could_do_harm_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match="cannot be a user's name"):
        add_user(tmp_path / "users.txt", name, PASSWORD)


@pytest.mark.parametrize("password", ["", "short", "x" * 1025])
def test_a_password_too_short_or_too_long_is_refused_and_not_repeated(tmp_path: Path, password: str) -> None:
    with pytest.raises(ConfigError, match="8 to 1024") as error:
        add_user(tmp_path / "users.txt", "anna", password)
    assert "short" not in str(error.value)


@pytest.mark.parametrize(
    "malformed",
    [
        "anna", "anna:plain:password", "anna:scrypt:32768:8:3:salt:hash", "../anna:scrypt:2:8:1:AAAA:AAAA",
        "anna:scrypt:1073741824:8:3:AAAA:" + "A" * 43 + "=", "anna:scrypt:32768:8:0:AAAA:" + "A" * 43 + "=",
        "anna:scrypt:3:8:1:AAAA:" + "A" * 43 + "=", "anna:bcrypt:2:8:1:AAAA:" + "A" * 43 + "=",
    ],
)  # fmt: skip
def test_a_malformed_file_lets_nobody_in(users: Path, malformed: str) -> None:
    users.write_text(users.read_text() + malformed + "\n")
    with pytest.raises(ConfigError, match=r"line 3 .* delete it"):
        Users(users)


@pytest.mark.parametrize("text", [b"", b"\n\n", b"\xff\xfe"])
def test_an_empty_or_unreadable_file_lets_nobody_in(tmp_path: Path, text: bytes) -> None:
    path = tmp_path / "users.txt"
    path.write_bytes(text)
    with pytest.raises(ConfigError):
        Users(path)
    with pytest.raises(ConfigError, match="rag user add NAME"):
        Users(tmp_path / "nothing.txt")
    with pytest.raises(ConfigError, match="cannot be read"):
        Users(tmp_path)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "[::1]", "127.0.0.5"])
def test_this_machine_needs_no_users(host: str) -> None:
    require_users_beyond_loopback(host, Settings())


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "", "192.168.1.2", "my-machine", "localhost.example.org"])
def test_other_machines_are_let_in_only_where_there_are_users(host: str, users: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="rag user add NAME"):
        require_users_beyond_loopback(host, Settings())
    with pytest.raises(ConfigError, match="rag user add NAME"):
        require_users_beyond_loopback(host, Settings(auth=tmp_path / "nothing.txt"))
    require_users_beyond_loopback(host, Settings(auth=users))


def test_the_file_to_write_has_to_be_named(monkeypatch, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="set RAG_AUTH"):
        users_file(Settings())
    monkeypatch.setenv("RAG_AUTH", str(tmp_path / "users.txt"))
    assert users_file(Settings()) == tmp_path / "users.txt"


def rag(*arguments: str, stdin: str = "") -> Result:
    return CliRunner().invoke(app, ["user", *arguments], input=stdin)


def test_users_come_and_go_by_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAG_AUTH", str(path := tmp_path / "users.txt"))
    assert rag("add", "anna", stdin="correct horse\n").exit_code == 0
    assert rag("add", "bob", stdin="battery staple\n").exit_code == 0
    assert rag("list").output.split() == ["anna", "bob"]
    assert Users(path).check("anna", "correct horse")
    assert rag("add", "anna", stdin="another password\n").exit_code == 0
    assert not Users(path).check("anna", "correct horse")
    assert rag("remove", "anna").exit_code == 0
    assert not Users(path).check("anna", "another password")
    assert "horse" not in path.read_text()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("add", "Anna"), "cannot be a user's name"),
        (("add", "anna"), "the password has 5 characters"),
        (("remove", "carol"), "there is no user 'carol'"),
        (("remove", "bob"), "the only user"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, str], said: str
) -> None:
    monkeypatch.setenv("RAG_AUTH", str(tmp_path / "users.txt"))
    assert rag("add", "bob", stdin="battery staple\n").exit_code == 0
    result = rag(*arguments, stdin="short\n")
    assert result.exit_code == 1
    assert said in result.output
    assert "Traceback" not in result.output


def test_without_a_file_the_next_step_is_said() -> None:
    result = rag("add", "anna", stdin="correct horse\n")
    assert result.exit_code == 1
    assert "RAG_AUTH" in result.output


def test_no_password_on_standard_input_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAG_AUTH", str(tmp_path / "users.txt"))
    result = CliRunner().invoke(app, ["user", "add", "anna"], input="")
    assert result.exit_code == 1
    assert "no password was given" in result.stderr
