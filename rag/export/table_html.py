"""Write a table as one HTML file that can be sorted and filtered without a network; all text is escaped.

Its policy lets nothing run but its own script, named by its hash, and nothing be loaded.
"""

from base64 import b64encode
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from rag.tables.values import Table
from rag.text.normalize import strip_controls

FOLDER = Path(__file__).parent


def to_html(table: Table, when: datetime | None = None) -> bytes:
    """The table as a self-contained page. `when`: time of the export (None: now)."""
    macros: Any = _ENVIRONMENT.get_template("table.html").module
    script = macros.script()
    script_hash = b64encode(sha256(script.encode()).digest()).decode()
    exported = (when or datetime.now(UTC)).strftime("%Y-%m-%d %H:%M UTC")
    page: str = macros.page(table, script, script_hash, exported)
    return page.encode("utf-8", "backslashreplace")


def _visible(value: object) -> object:
    """What the template writes of a value: nothing that is unseen or that turns the direction of reading."""
    return value if isinstance(value, Markup) else strip_controls(str(value))


_ENVIRONMENT = Environment(
    loader=FileSystemLoader(FOLDER), autoescape=True, finalize=_visible, undefined=StrictUndefined, auto_reload=False
)
