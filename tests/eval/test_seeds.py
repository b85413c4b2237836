"""The documents and gold cases that ship: unchanged, labelled, readable, and each gold quote where it should be."""

import hashlib
import re
from pathlib import Path

import pytest

from eval.cases.gold import Case, evidence_problems, load_cases
from index.load import load_document
from rag.schema import Document

ROOT = Path(__file__).parents[2]
SEEDS = ROOT / "seeds"
ARTICLE = "ofsted-perry-inquest.txt"
ARTICLE_SHA256 = "196bd56e299f091bccadabd435629fb1a0c25de8db6c46fa1c042e90b0d5a5d4"
NAMED_IN_ARTICLE = (
    "Perry", "Conner", "Caversham", "Geoff Barton", "Whiteman", "Spielman", "Keegan", "Martyn Oliver",
)  # fmt: skip


@pytest.fixture(scope="module")
def documents() -> dict[str, Document]:
    return {path.name: load_document(path, path.name, 10_000_000) for path in sorted(SEEDS.iterdir())}


@pytest.fixture(scope="module")
def companions(documents: dict[str, Document]) -> dict[str, Document]:
    return {name: d for name, d in documents.items() if name != ARTICLE}


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    return load_cases(ROOT / "eval" / "cases" / "seeds.jsonl")


def sources_table() -> dict[str, str]:
    rows = re.findall(r"^\| (\S+\.\w+) \| (.+?) \|", (ROOT / "docs" / "seeds.md").read_text(encoding="utf-8"), re.M)
    return dict(rows)


def test_the_users_article_is_unchanged() -> None:
    assert hashlib.sha256((SEEDS / ARTICLE).read_bytes()).hexdigest() == ARTICLE_SHA256


def test_sources_names_each_file_once() -> None:
    shipped = {path.name for path in SEEDS.iterdir()}
    assert sources_table().keys() == shipped


def test_every_invented_document_says_so_at_its_head(companions: dict[str, Document]) -> None:
    invented = {name for name, kind in sources_table().items() if kind == "Fictional"}
    assert len(invented) >= 8
    for name in invented:
        assert "fictional document" in companions[name].text[:600], name


def test_each_format_is_there_with_what_makes_it_hard(documents: dict[str, Document]) -> None:
    assert {Path(name).suffix for name in documents} == {".txt", ".md", ".html", ".pdf", ".docx"}
    assert len(documents["skerrow-point-safety-audit-2023.pdf"].pages) >= 4
    policy = documents["marlhaven-inspection-day-policy-2022.docx"]
    assert "Wellbeing contact" in policy.text  # a cell of a table
    assert "Printed copies may be out of date" in policy.text  # the footer
    assert "Part-time headteachers receive the same two days." in policy.text  # a footnote
    assert len(policy.headings) >= 12
    assert all(document.title for document in documents.values())


def test_the_collection_has_the_size_of_a_real_folder(documents: dict[str, Document]) -> None:
    assert 60_000 <= sum(len(document.text) for document in documents.values()) <= 150_000


def test_only_the_article_says_what_a_coroner_concluded(companions: dict[str, Document]) -> None:
    finding = re.compile(r"coroner(?!s)[^.]{0,80}\b(concluded|found|ruled|recorded|reported)\b", re.I)
    for name, document in companions.items():
        assert not finding.search(document.text), name


def test_nothing_is_said_of_people_the_article_names(companions: dict[str, Document]) -> None:
    for name, document in companions.items():
        assert not [person for person in NAMED_IN_ARTICLE if person in document.text], name


def test_every_gold_quote_stands_in_its_document(cases: list[Case], documents: dict[str, Document]) -> None:
    texts = {name: document.text for name, document in documents.items()}
    assert evidence_problems(cases, texts.get) == []


def test_the_first_case_is_the_question_the_article_is_for(cases: list[Case]) -> None:
    assert cases[0].question == "what did the coroner conclude?"
    assert {evidence.source for evidence in cases[0].evidence} == {ARTICLE}


def test_the_cases_cover_what_is_hard(cases: list[Case]) -> None:
    sources = [{evidence.source for evidence in case.evidence} for case in cases]
    assert len(cases) >= 70
    assert sum(not case.answerable for case in cases) >= len(cases) / 5
    assert sum(bool(case.history) for case in cases) >= 6
    assert sum("multi" in case.tags and len(found) > 1 for case, found in zip(cases, sources, strict=True)) >= 5
    assert sum("conflict" in case.tags and len(found) > 1 for case, found in zip(cases, sources, strict=True)) >= 5
    assert set().union(*sources) == sources_table().keys()


def test_every_gold_answer_is_short(cases: list[Case]) -> None:
    assert max(len(answer.split()) for case in cases for answer in case.answers) <= 25
