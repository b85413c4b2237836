"""Letters of the fonts Symbol and Wingdings, which stand for signs: a tick, a box, a Greek letter."""

TICKED, UNTICKED = "☒", "☐"
_GREEK = dict(
    zip(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
        "ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖαβχδεφγηιϕκλμνοπθρστυϖωξψζ",
        strict=True,
    )
)
_SIGNS = {
    "symbol": _GREEK
    | {"\xa3": "≤", "\xb3": "≥", "\xb0": "°", "\xb1": "±", "\xb4": "×", "\xb7": "•", "\xb9": "≠", "\xbb": "≈"}
    | {"\xd6": "√", "\xe5": "∑", "\xae": "→", "\xa5": "∞"},
    "wingdings": {"\xfc": "✓", "\xfb": "✗", "\xfe": "☑", "\xfd": "☒", "\xa8": "☐", "o": "☐", "q": "☐", "r": "☐"}
    | {"\xa7": "•", "l": "•", "n": "•", "\xe0": "→", "\xf0": "→"},
    "wingdings 2": {"P": "✓", "O": "✗", "R": "☑", "T": "☒", "S": "☒", "V": "☒", "\xa3": "☐", "*": "☐"},
}


def signs(text: str, font: str) -> str:
    """A text in such a font as the signs that it shows; unchanged in other fonts."""
    known = _SIGNS.get(font.lower())
    if known is None:
        return text
    letters = (chr(ord(char) - 0xF000) if 0xF000 <= ord(char) <= 0xF0FF else char for char in text)
    return "".join(known.get(letter, char) for letter, char in zip(letters, text, strict=True))
