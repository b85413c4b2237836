"""Word documents in strict Open XML: the same elements under other names, which are replaced by the usual ones."""

import io
import re
import zipfile

_STRICT = b"http://purl.oclc.org/ooxml/"
_USUAL = b"http://schemas.openxmlformats.org/"
_NAMED = re.compile(rb"""(?<==["'])""" + re.escape(_STRICT) + rb"""([a-zA-Z]+)/([^"']*)""")
_ROOTS = ("_rels/.rels", "word/document.xml")


def as_usual(data: bytes) -> bytes:
    """The bytes of a document with the usual names; unchanged where its names are the usual ones."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = set(archive.namelist())
        if not any(_STRICT in archive.read(name) for name in _ROOTS if name in names):
            return data
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as renamed:
            for part in archive.infolist():
                content = archive.read(part)
                is_xml = part.filename.endswith((".xml", ".rels"))
                renamed.writestr(part.filename, _NAMED.sub(_usual, content) if is_xml else content)
    return buffer.getvalue()


def _usual(match: re.Match[bytes]) -> bytes:
    """ ".../wordprocessingml/main" -> ".../wordprocessingml/2006/main"."""
    return _USUAL + match[1] + b"/2006/" + match[2]
