"""Synthetic forms: the head of a letter, report or minutes as "Field: value" lines, with questions about its fields.

SQuAD has none, and the documents of users have many.
"""

import random
from collections.abc import Sequence
from typing import Literal, NamedTuple

FieldKind = Literal["person", "body", "place", "date", "number", "code"]


class Field(NamedTuple):
    """A field of a form: its labels, the kind of its values, and questions about it ({x}: the form's subject)."""

    labels: tuple[str, ...]
    kind: FieldKind
    questions: tuple[str, ...]


def _role(label: str, *verbs: str) -> Field:
    word = label.lower()
    return Field(
        (label, f"Name of {word}"),
        "person",
        (
            f"Who was the {word} for {{x}}?",
            f"Who is the {word}?",
            f"who's the {word} in the {{x}} case",
            f"name of the {word} {{x}}",
            *verbs,
        ),
    )


FIELDS = (
    _role("Author", "Who wrote the report on {x}?", "who wrote this"),
    _role("Chair", "Who chaired the meeting about {x}?"),
    _role("Coroner", "Which coroner dealt with {x}?", "Which coroner wrote the report on {x}?"),
    _role("Judge", "Which judge heard {x}?"),
    _role("Inspector", "Who inspected {x}?"),
    _role("Manager", "Who manages {x}?"),
    _role("Architect", "Who designed {x}?"),
    _role("Secretary", "Who took the minutes on {x}?"),
    _role("Investigator", "Who investigated {x}?"),
    _role("Contact", "Who should be contacted about {x}?"),
    _role("Photographer"),
    _role("Translator", "Who translated {x}?"),
    _role("Consultant"),
    _role("Applicant", "Who applied for {x}?"),
    _role("Claimant"),
    _role("Editor", "Who edited {x}?"),
    Field(
        ("Sent to", "To", "Addressed to", "This report was sent to", "Recipients"),
        "body",
        (
            "Who was the report sent to?",
            "And who was the report on {x} sent to?",
            "Which organisation received the report about {x}?",
            "Who was written to about {x}?",
            "Who got the letter about {x}?",
            "Which body was it addressed to?",
        ),
    ),
    Field(
        ("To", "Dear", "This report was sent to", "cc"),
        "person",
        (
            "Who was the letter about {x} addressed to?",
            "Which person was written to over {x}?",
            "Who received the report on {x}?",
        ),
    ),
    Field(
        ("Publisher", "Issued by", "From"),
        "body",
        ("Who published the report on {x}?", "Which organisation issued it?"),
    ),
    Field(("Client", "Commissioned by"), "body", ("Who commissioned the work on {x}?", "Which client was it for?")),
    Field(("Contractor", "Supplier"), "body", ("Which company supplied {x}?", "Who was the contractor for {x}?")),
    Field(
        ("Area", "Coroner area", "District", "Region"), "place", ("Which area does {x} belong to?", "what area was it")
    ),
    Field(
        ("Place", "Venue", "Location", "Held at"),
        "place",
        ("Where did the meeting about {x} take place?", "Where was {x} held?"),
    ),
    Field(
        ("Date", "Date of report", "Dated", "Report date"),
        "date",
        ("What is the date of the report on {x}?", "When was the report on {x} written?"),
    ),
    Field(("Date of birth", "Born"), "date", ("When was {x} born?", "date of birth {x}")),
    Field(("Date of death", "Died"), "date", ("When did {x} die?", "On what date did {x} die?")),
    Field(
        ("Date of meeting", "Meeting held"),
        "date",
        ("When did the meeting on {x} take place?", "what day was the {x} meeting"),
    ),
    Field(("Next review", "Review due"), "date", ("When is {x} to be reviewed next?", "By when must {x} be reviewed?")),
    Field(
        ("Reference", "Ref", "Case number", "File no."),
        "code",
        ("What is the reference of the report on {x}?", "case number {x}"),
    ),
    Field(("Age", "Age at death"), "number", ("How old was {x}?", "age of {x}")),
    Field(("Pages", "Number of pages"), "number", ("How many pages does the report on {x} have?",)),
    Field(("Attendance", "Present"), "number", ("How many people attended the meeting on {x}?",)),
)
_MONTHS = "January February March April May June July August September October November December".split()


class Form(NamedTuple):
    """A form with a question about it: `answer` is (start, end) in `text`, None where the form has no such field."""

    question: str
    text: str
    answer: tuple[int, int] | None


def make_form(subject: str, names: Sequence[str], rng: random.Random) -> Form:
    """A form of three to seven fields about `subject` with values from `names`, and a question about one field.

    One question in four is about a field that the form does not have.
    """
    chosen = rng.sample(FIELDS, rng.randint(4, 8))
    asked, shown = chosen[0], chosen[1:] if rng.random() < 0.25 else chosen
    rng.shuffle(shown)
    if asked not in shown and any(f.kind == asked.kind and f.questions == asked.questions for f in shown):
        shown = [f for f in shown if f.kind != asked.kind]
    stop = rng.choice(["\n", "\n", " ", ". ", "; "])
    text, answer = "", None
    for field in shown:
        text += f"{rng.choice(field.labels)}{rng.choice([': ', ': ', ' - ', ' '])}"
        value = _value(field.kind, names, rng)
        if field is asked:
            answer = (len(text), len(text) + len(value))
        text += value + stop
    return Form(rng.choice(asked.questions).format(x=subject), text.rstrip(" ;\n"), answer)


def _value(kind: FieldKind, names: Sequence[str], rng: random.Random) -> str:
    if kind == "date":
        day, month, year = rng.randint(1, 28), rng.randint(1, 12), rng.randint(1950, 2025)
        written = (f"{day} {_MONTHS[month - 1]} {year}", f"{year}-{month:02}-{day:02}", f"{day:02}/{month:02}/{year}")
        return rng.choice(written)
    if kind == "number":
        return str(rng.randint(2, 98))
    if kind == "code":
        return f"{rng.randint(2001, 2025)}-{rng.randint(1, 999):04}"
    wanted = [n for n in rng.sample(names, min(30, len(names))) if (" " in n) == (kind != "place")] or list(names)
    name = rng.choice(wanted) if wanted else "Alex Morgan"
    if kind == "person":
        return rng.choice(["", "", "", "Mr ", "Dr ", "Ms "]) + name
    return name
