"""A name that leads nowhere is answered with the closest one."""

import pytest

from rag.retrieve.suggest import closest_sources

KNOWN = ["minutes/2022-05.pdf", "minutes/2023-05.pdf", "harbour.md"]


@pytest.mark.parametrize(
    ("name", "closest"),
    [
        ("2022-05.pdf", ["minutes/2022-05.pdf"]),
        ("/home/mara/minutes/2023-05.pdf", ["minutes/2023-05.pdf"]),
        ("harbor.md", ["harbour.md"]),
        ("HARBOUR", ["harbour.md"]),
        ("labour.md", []),
        ("budget.xlsx", []),
    ],
)
def test_the_closest_documents(name: str, closest: list[str]) -> None:
    assert closest_sources(name, KNOWN) == closest
