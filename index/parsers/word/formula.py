"""Equations of Word (m:oMath) as one line of plain text: "v = s/t", "E = mc²", "√(a+b)"."""

from docx.oxml.ns import qn
from lxml import etree

from index.parsers.content import raised

_MATH = qn("m:oMath").removesuffix("oMath")
_WHOLE = "²³¹⁰⁴⁵⁶⁷⁸⁹⁺⁻ⁿⁱ⁽⁾⁼"


def linear(element: etree._Element) -> str:
    """The text of an equation or a part of one."""
    name = etree.QName(element).localname
    if element.tag in (qn("m:t"), qn("w:t")):
        return element.text or ""
    if name.endswith("Pr"):
        return ""
    write = _FORMS.get(name) if element.tag.startswith(_MATH) else None
    return write(element) if write else "".join(map(linear, element.iterchildren(etree.Element)))


def _part(element: etree._Element, name: str) -> str:
    """The text of a named part; nothing where it is missing."""
    found = element.find(f"{_MATH}{name}")
    return "" if found is None else linear(found).strip()


def _grouped(text: str) -> str:
    """A text that another sign is put to: in brackets where it has several parts."""
    return text if text.isalnum() or len(text) < 2 or text.replace(".", "").isdigit() else f"({text})"


def _up(text: str) -> str:
    """A text as an exponent."""
    found = raised(text)
    return found if text and all(char in _WHOLE for char in found) else f"^{_grouped(text)}" if text else ""


def _down(text: str) -> str:
    return f"_{_grouped(text)}" if text else ""


def _fraction(element: etree._Element) -> str:
    return f"{_grouped(_part(element, 'num'))}/{_grouped(_part(element, 'den'))}"


def _scripts(element: etree._Element) -> str:
    return _grouped(_part(element, "e")) + _down(_part(element, "sub")) + _up(_part(element, "sup"))


def _root(element: etree._Element) -> str:
    degree = _part(element, "deg")
    return f"{raised(degree) if degree.isdigit() else degree}√{_grouped(_part(element, 'e'))}"


def _sum(element: etree._Element) -> str:
    sign = _property(element, "naryPr", "chr", "∫")
    return f"{sign}{_down(_part(element, 'sub'))}{_up(_part(element, 'sup'))} {_part(element, 'e')}"


def _brackets(element: etree._Element) -> str:
    inner = [linear(part).strip() for part in element.findall(f"{_MATH}e")]
    between = _property(element, "dPr", "sepChr", "|")
    return f"{_property(element, 'dPr', 'begChr', '(')}{between.join(inner)}{_property(element, 'dPr', 'endChr', ')')}"


def _function(element: etree._Element) -> str:
    return f"{_part(element, 'fName')} {_part(element, 'e')}"


def _limit(element: etree._Element) -> str:
    return _part(element, "e") + _down(_part(element, "lim"))


def _matrix(element: etree._Element) -> str:
    rows = [[linear(part).strip() for part in row] for row in element.findall(f"{_MATH}mr")]
    return f"[{'; '.join(', '.join(row) for row in rows)}]"


def _lines(element: etree._Element) -> str:
    return "; ".join(linear(part).strip() for part in element.findall(f"{_MATH}e"))


def _property(element: etree._Element, group: str, name: str, default: str) -> str:
    found = element.find(f"{_MATH}{group}/{_MATH}{name}")
    return default if found is None else found.get(f"{_MATH}val", "")


_FORMS = {
    **{"f": _fraction, "rad": _root, "nary": _sum, "d": _brackets, "func": _function, "m": _matrix, "eqArr": _lines},
    **{"sSup": _scripts, "sSub": _scripts, "sSubSup": _scripts, "limLow": _limit, "limUpp": _limit},
}
