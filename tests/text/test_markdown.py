import pytest

from rag.text.markdown import plain_text, sanitize


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("# Result\n\nIt **fell** _twice_.", "Result:\n\nIt fell twice."),
        ("- one\n- two\n\n1. three\n2. four", "• one\n• two\n1. three\n2. four"),
        ("See [the report](https://example.org/x) now.", "See the report now."),
        ("Seen [1](https://example.org/x).", "Seen [1]."),
        ("Seen [[1]](https://example.org/x).", "Seen [1]."),
        ("[1]: https://example.org/x\n\nSeen [1].", "Seen [1]."),
        ("Before ![a picture](https://example.org/p.png) after.", "Before  after."),
        ("**Result**\n\nIt fell.", "Result:\n\nIt fell."),
        ("# Did it fall?\n\n**It fell.**", "Did it fall?\n\nIt fell."),
        ("**It fell**", "It fell"),
        ("It fell<sup>3</sup> by 2 m<sup>3</sup>.", "It fell³ by 2 m³."),
        ("<div>It <b>fell</b><br>twice</div>", "It fell\ntwice"),
        ("It is x<y and 3 < 4.", "It is x<y and 3 < 4."),
        ("```python\nx[1] = 2\n```", "x[ 1 ] = 2"),
        ("Use `x[1]` here.", "Use x[ 1 ] here."),
        ("| a | b |\n|---|---|\n| 1 | 2 |", "a | b:\n• 1 | 2"),
        ("2019. A good year", "2019. A good year"),
        ("snake_case stays", "snake_case stays"),
        ("in\u200bvis\u202eible \U000e0041tags", "invisible tags"),
    ],
)
def test_markdown_and_html_become_plain_text(markdown: str, text: str) -> None:
    assert plain_text(markdown) == text


@pytest.mark.parametrize(
    "attack",
    [
        "<img src=x onerror=alert(1)>",
        "&lt;img src=x onerror=alert(1)&gt;",
        "<<b>img src=x onerror=alert(1)>",
        "<scr<b>ipt>alert(1)</script>",
        "\\<img src=x onerror=alert(1)>",
        "![x](https://evil.example/p.png)",
        "!\\[x](https://evil.example/p.png)",
        "\\!\\[x\\](https://evil.example/p.png)",
        "![a][b]\n\n[b]: https://evil.example/p.png",
        "<https://evil.example>",
        "https://evil.example and www.evil.example",
        "[x](javascript:alert(1))",
    ],
)
def test_nothing_that_looks_like_markup_or_an_address_is_left(attack: str) -> None:
    left = sanitize(plain_text(attack))
    assert not any(sign in left for sign in ("<img", "<script", "](", "![", "://", "www.", "<h"))


def test_words_are_never_lost_with_the_markup() -> None:
    text = sanitize(plain_text("A <b>B</b> **C** [D](x) `E` > F\n\n> G\n\n* H\n1. I <p>J</p>"))
    assert [c for c in text if c.isalpha()] == list("ABCDEFGHIJ")
