"""Serialise a table row with its column headers."""

SEPARATOR = " | "  # between the cells of a stored row


def with_headers(text: str, start: int, end: int) -> str:
    """The row text[start:end] with its column headers; unchanged where it is no row or has none.

    "Adult | £12.80 | £15.00" under "Fare | Island | Quay" is "Fare: Adult; Island: £12.80; Quay: £15.00".
    """
    row = text[start:end]
    cells, names = row.split(SEPARATOR), _first_row(text[:start]).split(SEPARATOR)
    if len(cells) < 2 or len(cells) != len(names):
        return row
    return "; ".join(
        f"{name}: {cell}" if name and cell else name or cell for name, cell in zip(names, cells, strict=True)
    )


def _first_row(above: str) -> str:
    """The first row of the table that a text ends in; nothing where that row may be in the middle of the table."""
    lines = above.rstrip("\n").split("\n")
    first = len(lines)
    while first and SEPARATOR in lines[first - 1]:
        first -= 1
    if first == len(lines):
        return ""
    # a chunk may begin anywhere in a table: only a row without figures is then sure to be its head
    return lines[first] if first or not any(map(str.isdigit, lines[first])) else ""
