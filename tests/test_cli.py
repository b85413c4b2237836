"""The command line as a user meets it: what it prints, its exit status, and that no traceback reaches anybody."""

import json
import os
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from rag.cli import app
from rag.schema import NOT_SURE
from rag.settings import Settings

COMMANDS = [
    "index",
    "ask",
    "table",
    "chat",
    "serve",
    "eval",
    "eval-diff",
    "eval-new",
    "sources",
    "show",
    "remove",
    "doctor",
    "user",
]


def rag(*arguments: str, stdin: str = "") -> Result:
    return CliRunner().invoke(app, list(arguments), input=stdin)


@pytest.fixture
def indexed(seeds_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("RAG_DATA_DIR", str(seeds_settings.data_dir))
    monkeypatch.setenv("RAG_CACHE_DIR", str(seeds_settings.cache_dir))
    monkeypatch.setenv("RAG_ENCODER_RUNTIME", "openvino")
    return seeds_settings


def test_help_names_every_command() -> None:
    shown = rag("--help").output
    assert all(command in shown for command in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command: str) -> None:
    assert rag(command, "--help").exit_code == 0


@pytest.mark.parametrize(
    ("command", "argument"),
    [
        ("index", "PATH"),
        ("ask", "QUESTION"),
        ("table", "QUESTION"),
        ("show", "SOURCE"),
        ("remove", "SOURCE"),
        ("eval-new", "FOLDER"),
    ],
)
def test_an_argument_has_one_name_in_help_and_in_errors(command: str, argument: str) -> None:
    assert f"{{{argument}}}" in rag(command, "--help").output
    assert f"Missing argument '{argument}'" in rag(command).output


def test_version() -> None:
    assert rag("--version").output.startswith("rag ")


@pytest.mark.usefixtures("indexed")
class TestOverSeeds:
    def test_ask_as_json_prints_the_answer_alone(self) -> None:
        result = rag("ask", "what did the coroner conclude?", "--json")
        assert result.exit_code == 0
        answer = json.loads(result.stdout)
        assert answer["status"] == "answered"
        assert answer["citations"][0]["source"] == "ofsted-perry-inquest.txt"

    def test_ask_prints_text_and_citations(self) -> None:
        shown = rag("ask", "what did the coroner conclude?", "--passages").output
        assert "[1]" in shown
        assert "ofsted-perry-inquest.txt" in shown
        assert "right\n" in shown or "Unsure\n" in shown

    def test_a_refusal_exits_3(self) -> None:
        result = rag("ask", "who won the 1998 world cup?")
        assert result.exit_code == 3
        assert "I found no answer in the documents" in result.output

    def test_the_closest_sentences_are_no_answer(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("RAG_ANSWER_THRESHOLD", "1")
        monkeypatch.setenv("RAG_UNCERTAIN_THRESHOLD", "0")
        question = "what did the coroner conclude?"
        asked, as_json = rag("ask", question), rag("ask", question, "--json")
        talked = rag("chat", stdin=f"{question}\nHow old was she?\n")
        assert (asked.exit_code, as_json.exit_code) == (3, 3)
        assert asked.stdout.startswith(f"{NOT_SURE}\n") and "ofsted-perry-inquest.txt" in asked.stdout
        assert NOT_SURE in talked.output
        answer = json.loads(as_json.stdout)
        assert (answer["status"], answer["short"]) == ("uncertain", None) and answer["citations"]

    def test_a_misspelled_question_is_corrected_unless_it_is_meant_as_written(self) -> None:
        asked = "wat did the coroner conclude?"
        assert "Searched for “what did the coroner conclude?”" in rag("ask", asked).output
        assert json.loads(rag("ask", "--as-written", "--json", asked).stdout)["standalone"] == asked

    def test_a_question_from_standard_input(self) -> None:
        assert rag("ask", "-", stdin="what did the coroner conclude?\n").exit_code == 0

    def test_documents_are_searched_by_date_type_and_folder(self) -> None:
        question = "who chaired the meeting of the trust board?"
        found = rag("ask", question, "--after", "2022-01-01", "--before", "2022-12-31", "--type", "docx", "--json")
        passages = json.loads(found.stdout)["passages"]
        assert {passage["source"].rsplit(".")[-1] for passage in passages} == {"docx"}
        nowhere, wrong = rag("ask", question, "--folder", "nowhere"), rag("ask", question, "--after", "May")
        assert (nowhere.exit_code, wrong.exit_code) == (1, 1)
        assert "no document matches where={'folder': 'nowhere'}" in nowhere.output
        assert "write it as 2022-01-31" in wrong.output
        talked = rag("chat", "--type", "pdf", stdin="what did the coroner conclude?\n").output
        assert "ofsted-perry-inquest.txt" not in talked

    def test_what_the_documents_are_is_listed_a_line_each(self) -> None:
        found, none = (
            rag("ask", "which of your files are pdf", "--json"),
            rag("ask", "which documents mention giraffes"),
        )
        lines = json.loads(found.stdout)["text"].split("\n")
        assert lines[0] == "2 of the 15 documents are pdf files:"
        assert all(".pdf, 2023-" in line for line in lines[1:]) and len(lines) == 3
        assert (found.exit_code, none.exit_code) == (0, 3)
        assert "None of the 15 documents mentions “giraffes”." in none.output

    def test_an_empty_question_is_a_usage_error(self) -> None:
        assert rag("ask", "  ").exit_code == 2

    def test_an_unknown_source_is_named(self) -> None:
        result = rag("show", "nowhere.txt")
        assert result.exit_code == 1
        assert "'nowhere.txt'" in result.output

    @pytest.mark.parametrize(
        "command", [["ask", "who died?", "-s"], ["ask", "who died?", "--json", "-s"], ["show"], ["remove"]]
    )
    @pytest.mark.parametrize(
        "name", ["ofsted-pery-inquest.txt", "seeds/ofsted-perry-inquest.txt", "OFSTED-PERRY-inquest.txt"]
    )
    def test_an_unknown_source_names_those_nearest_to_it(self, command: list[str], name: str) -> None:
        result = rag(*command, name)
        assert result.exit_code == 1
        assert result.stdout == ""
        assert f"no document '{name}'" in result.stderr
        assert "did you mean 'ofsted-perry-inquest.txt'" in result.stderr

    @pytest.mark.parametrize("name", ["inquiry.txt", "nowhere.pdf"])
    def test_a_source_that_is_like_no_other_names_none(self, name: str) -> None:
        assert "did you mean" not in rag("show", name).stderr

    def test_sources_lists_them(self) -> None:
        assert "ofsted-perry-inquest.txt" in rag("sources").output

    def test_sources_that_are_piped_stand_in_one_line_each(self) -> None:
        lines = rag("sources").output.splitlines()[1:]
        assert [line.split()[0] for line in lines] == [
            found["source"] for found in json.loads(rag("sources", "--json").output)
        ]
        assert not any(" 0 " in line for line in lines)

    def test_show_prints_the_stored_text(self) -> None:
        assert "seven areas of concern" in rag("show", "ofsted-perry-inquest.txt").output

    def test_a_suggestion_is_asked_by_its_number(self) -> None:
        asked = rag("ask", "when?").output
        offered = asked[asked.index("You may have meant:") :].splitlines()
        assert [line[:3] for line in offered[1:4]] == ["1. ", "2. ", "3. "]
        second = " ".join(offered[2][3:].split())
        talked = rag("chat", stdin="when?\n2\n").output
        assert second in talked.split("\n? ")[-2].splitlines()[0]
        assert second not in rag("chat", stdin="when?\n9\n").output.split("\n? ")[-2]

    def test_chat_goes_on_until_the_input_ends(self) -> None:
        result = rag("chat", stdin="what did the coroner conclude?\nAnd how old was she?\n")
        assert result.exit_code == 0
        assert "[1]" in result.output

    def test_doctor_finds_everything_in_order(self) -> None:
        result = rag("doctor")
        assert "nothing leaves this process" in result.output
        assert "NO " not in result.output
        assert result.exit_code == 0


def test_doctor_says_that_a_small_index_needs_no_vector_store(
    tmp_path: Path, indexed: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAG_DATA_DIR", str(tmp_path / "own"))
    shutil.copytree(indexed.data_dir, tmp_path / "own", ignore=shutil.ignore_patterns("chroma"))
    result = rag("doctor")
    assert result.exit_code == 0
    (line,) = [line for line in result.output.splitlines() if " vectors " in line]
    assert line.startswith("ok ")
    assert "the vector store is not needed" in line
    assert "mends" not in line


@pytest.mark.parametrize("command", [["index", "."], ["serve", "--port", "0"]])
@pytest.mark.parametrize("folder", ["file", "file/below"])
def test_a_data_folder_that_cannot_be_written_is_an_error(
    command: list[str], folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("RAG_DATA_DIR", str(tmp_path / folder))
    result = rag(*command)
    assert result.exit_code == 1
    assert result.stderr.startswith(f"rag: the data folder '{tmp_path / folder}' cannot be written")
    assert "RAG_DATA_DIR" in result.stderr
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize("command", [["ask", "anything?"], ["sources"], ["show", "a.txt"]])
def test_a_data_folder_that_cannot_be_read_is_an_error(
    command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAG_DATA_DIR", str(tmp_path / ("long" * 100)))  # as without rights, which the root user has
    result = rag(*command)
    assert result.exit_code == 1
    assert "cannot be read" in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_doctor_says_what_a_second_opinion_means(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAG_CHECK", "model")
    result = rag("doctor")
    assert "RAG_CHECK=model has no effect: no model is connected" in result.output
    assert result.exit_code == 0
    monkeypatch.setenv("RAG_CHAT_MODEL", "openai:m")
    monkeypatch.setenv("RAG_CHAT_BASE_URL", "http://127.0.0.1:9/v1")
    assert "cited passages would be sent to this computer again" in " ".join(rag("doctor").output.split())


def test_doctor_says_that_the_data_folder_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("RAG_DATA_DIR", str(tmp_path / "file"))
    result = rag("doctor")
    assert result.exit_code == 1
    assert "NO  data folder" in result.output


def test_doctor_says_how_to_delete_what_version_0_1_left_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "my cache"))
    assert "left behind" not in rag("doctor").output
    folder = tmp_path / "my cache" / "Microsoft" / "DeveloperTools" / ".onnxruntime"
    folder.mkdir(parents=True)
    (folder / "deviceid").write_text("90fa0764-a843-eddb-6b65-d8c0d2a39bf0")
    result = rag("doctor")
    assert f"rm -r '{folder}'" in result.output
    assert result.exit_code == 0
    assert folder.is_dir()


def test_asking_before_indexing_says_what_to_do() -> None:
    result = rag("ask", "anything?")
    assert result.exit_code == 1
    assert "rag index" in result.output


def test_an_unknown_setting_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAG_COLOUR", "blue")
    result = rag("sources")
    assert result.exit_code == 1
    assert "RAG_COLOUR" in result.output


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        (
            "RAG_RERANK_TOPK",
            "12",
            "unknown setting 'RAG_RERANK_TOPK' in the environment; did you mean 'RAG_RERANK_TOP_K'",
        ),
        ("RAG_TOP_K", "x", "'top_k' cannot be 'x': give a whole number from 10 to 50"),
        ("RAG_ANSWER_THRESHOLD", "2", "'answer_threshold' cannot be '2': give a number from 0 to 1"),
        ("RAG_UNCERTAIN_THRESHOLD", "-1", "'uncertain_threshold' cannot be '-1': give a number from 0 to 1"),
        ("RAG_CHAT_TIMEOUT", "0", "'chat_timeout' cannot be '0': give a number above 0"),
        ("RAG_CHECK", "twice", "'check' cannot be 'twice': give 'checker' or 'model'"),
        ("RAG_UNSUPPORTED_SENTENCES", "drop", "'unsupported_sentences' cannot be 'drop': give 'mark' or 'withdraw'"),
        (
            "RAG_ENCODER_RUNTIME",
            "onnx",
            "'encoder_runtime' cannot be 'onnx': give 'openvino-bf16', 'openvino', 'openvino-int8', 'torch', "
            "'torch-bf16' or 'auto'",
        ),
    ],
)
def test_a_wrong_setting_says_what_it_takes(name: str, value: str, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)
    assert said in rag("sources").stderr


def test_a_misspelt_name_in_rag_toml_is_met_with_the_right_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("rag.toml").write_text("answer_treshold = 0.5\n")
    result = rag("sources")
    assert result.exit_code == 1
    assert "did you mean 'answer_threshold'" in result.stderr


def test_a_failed_file_is_named_and_the_rest_is_indexed(
    tmp_path: Path, indexed: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAG_DATA_DIR", str(tmp_path / "own"))
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "good.txt").write_text("The lamp was repaired on 3 May 2021.")
    (folder / "broken.pdf").write_bytes(b"no pdf")
    result = rag("index", str(folder))
    assert result.exit_code == 1
    assert "1 added" in result.output
    assert "broken.pdf" in result.output
    assert rag("remove", "good.txt").exit_code == 0
    assert "good.txt" not in rag("sources").output


def test_documents_of_a_folder_that_is_gone_stay_until_they_are_removed(
    tmp_path: Path, indexed: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAG_DATA_DIR", str(tmp_path / "own"))
    folder, other = tmp_path / "the case", tmp_path / "other"
    for path in (folder / "letters" / "a.txt", folder / "b.txt", other / "c.txt"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"The lamp of {path.stem} was repaired on 3 May 2021.")
    first = rag("index", str(folder), str(other))
    assert first.output.startswith("3 added"), "where it is piped, no empty line comes first"
    shutil.rmtree(folder)
    result = rag("index", str(folder))
    assert result.exit_code == 1
    assert f"rag: '{folder}' cannot be indexed: it does not exist, and its 2 documents stay" in result.stderr
    assert f"`rag remove '{folder}'`" in result.stderr
    removed = rag("remove", str(folder))
    assert removed.exit_code == 0
    assert removed.output.startswith("Removed b.txt, letters/a.txt.")
    assert [found["source"] for found in json.loads(rag("sources", "--json").output)] == ["c.txt"]
    assert "give a file or folder that does" in rag("index", str(folder)).stderr
    assert rag("remove", str(folder)).exit_code == 1


def test_a_path_that_never_was_is_an_error_before_anything_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAG_DATA_DIR", str(tmp_path / "own"))
    result = rag("index", str(tmp_path / "nowhere"))
    assert result.exit_code == 1
    assert result.stderr.endswith("it does not exist; give a file or folder that does\n")
    assert not (tmp_path / "own").exists()


def test_a_folder_with_nothing_to_index_says_so_and_what_can_be(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "sheet.xlsx").touch()
    result = rag("index", str(tmp_path / "empty"))
    assert result.exit_code == 0
    assert "There is nothing to index" in result.output
    assert ".docx" in result.output


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="a terminal of POSIX")
def test_a_document_sends_no_control_codes_to_a_terminal(tmp_path: Path) -> None:
    text = "The door \x1b]0;owned\x07was \u202enepo\x1b[2J.\n" + "It was shut. " * 20
    (tmp_path / "door.txt").write_text(text)
    assert rag("index", str(tmp_path / "door.txt")).exit_code == 0
    assert rag("show", "door.txt").output == f"{text}\n"
    assert on_terminal("show", "door.txt").startswith("The door ]0;ownedwas nepo[2J.\r\nIt was shut. It")


def on_terminal(*arguments: str) -> str:
    """What a command writes where its standard output is a terminal."""
    ours, theirs = os.openpty()
    code = f"from rag.cli import main; main({list(arguments)!r})"
    with subprocess.Popen([sys.executable, "-c", code], stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        written = b""
        with suppress(OSError):  # how Linux says that nobody writes any more
            while block := os.read(ours, 4096):
                written += block
    os.close(ours)
    assert process.returncode == 0
    return written.decode()
