"""Synthetic paragraphs about inquests, with questions, all from our own templates; no real case is in here.

A finding ("I recorded a conclusion of misadventure") and the question for it ("what was the verdict?") are worded unlike
anything in SQuAD, and many users ask for findings.
"""

import random
from collections.abc import Sequence
from typing import NamedTuple

MONTHS = "January February March April May June July August September October November December".split()
CONCLUSIONS = (
    "misadventure", "accident", "accidental death", "natural causes", "suicide", "unlawful killing", "an open conclusion",
    "open", "road traffic collision", "drug related", "alcohol related death", "alcohol/drug related", "industrial disease",
    "lawful killing", "stillbirth", "accident contributed to by neglect", "natural causes contributed to by neglect",
    "misadventure to which neglect contributed", "self neglect", "death by misadventure", "a narrative conclusion",
    "suicide whilst the balance of the mind was disturbed", "a recognised complication of necessary surgery",
)  # fmt: skip
CAUSES = (
    "bronchopneumonia", "ischaemic heart disease", "coronary artery atheroma", "hanging", "multiple injuries",
    "head injury", "traumatic brain injury", "subdural haematoma", "sepsis", "septic shock", "pulmonary embolism",
    "deep vein thrombosis", "drowning", "hypoxic brain injury", "asphyxia", "burns and smoke inhalation", "diabetic ketoacidosis",
    "perforated duodenal ulcer", "peritonitis", "bowel ischaemia", "acute kidney injury", "liver cirrhosis",
    "morphine toxicity", "mixed drug toxicity", "methadone and diazepam toxicity", "alcohol intoxication", "epilepsy",
    "sudden unexpected death in epilepsy", "cardiac arrest", "hypertensive heart disease", "myocarditis",
    "aortic dissection", "ruptured abdominal aortic aneurysm", "fractured neck of femur", "cervical spine fracture",
    "chest injuries", "pelvic fractures", "haemorrhage", "stab wound to the chest", "anaphylaxis", "acute asthma",
    "chronic obstructive pulmonary disease", "aspiration pneumonia", "choking", "meningitis", "encephalitis",
    "necrotising fasciitis", "pancreatitis", "carbon monoxide poisoning", "hypothermia", "electrocution", "malnutrition",
    "pressure ulcers", "metastatic carcinoma of the lung", "breast cancer", "lymphoma", "mesothelioma", "motor neurone disease",
    "Alzheimer's disease", "frailty of old age", "multi-organ failure", "compression of the neck", "crush injury to the chest",
)  # fmt: skip
ROLES = "teacher nurse prisoner cyclist pedestrian motorcyclist plumber farmer student patient soldier driver walker".split()
WHEREABOUTS = (
    "at home",
    "in hospital",
    "at the scene",
    "in the ambulance",
    "on the ward",
    "in his cell",
    "on the road",
)

OPENINGS = (
    "On {day} I commenced an investigation into the death of {who}.",
    "On {day} I opened an inquest touching the death of {who}.",
    "An investigation into the death of {who} was opened on {day}.",
    "I conducted an inquest into the death of {who}, which began on {day}.",
)
CLOSINGS = (
    "The investigation concluded at the end of the inquest on {day}.",
    "The inquest was heard on {day}.",
    "The inquest concluded before a jury on {day}.",
    "The hearing ended on {day}.",
)
FINDINGS = (
    "The conclusion of the inquest was {x}.", "The conclusion of the jury was {x}.", "My conclusion was {x}.",
    "I recorded a conclusion of {x}.", "The jury returned a conclusion of {x}.", "The conclusion was one of {x}.",
    "The jury returned a verdict of {x}.", "I concluded that the death was due to {x}.", "Conclusion: {x}.", "Conclusion {x}",
    "The short form conclusion was {x}.", "In box 4 of the record I entered {x}.", "It was determined that the death was {x}.",
    "The jury found the death to be one of {x}.", "A finding of {x} was returned.",
)  # fmt: skip
MEDICAL = (
    "The medical cause of death was {x}.", "The medical cause of death was (1a) {x}{more}.", "Cause of death: 1a {x}{more}.",
    "The cause of death was given as {x}.", "The cause of death 1a {x}{more}", "A post-mortem examination gave {x} as the cause of death.",
    "Medical cause of death: I(a) {x}{more}", "The pathologist found that {they} died of {x}.", "{They} died from {x}.",
    "with a medical cause of death of {x}.",
)  # fmt: skip
CIRCUMSTANCES = (
    "{They} had a history of {m} and was seen by the team on {day}.", "{They} was admitted to {place} on {day}.",
    "{They} had been treated for {m} at {place}.", "{They} was found at {time} by a neighbour and died {where}.",
    "Staff at {place} suspected {m}.", "{They} collapsed shortly after {time}.", "{They} left {place} at {time} and was not seen again.",
    "The family had raised concerns about {m}.", "{They} was last seen alive on {day}.",
)  # fmt: skip
ASK_FINDING = (
    "What did the coroner conclude about {x}?", "what did the coroner conclude?", "What was the coroner's conclusion in the {x} inquest?",
    "What was the verdict on {x}?", "What verdict did the inquest into {x} come back with?", "How was the death of {x} classified?",
    "How did the coroner categorise the death of {x}?", "How did the coroner classify {x}'s death?", "What did the jury decide about {x}?",
    "What was the jury's finding on {x}?", "What conclusion did the inquest reach?", "{x} inquest outcome", "formal conclusion {x} inquest",
    "What was the formal conclusion on {x}?", "What short-form conclusion was recorded for {x}?", "In what terms did the jury sum up how {x} died?",
    "What did the inquest in the end say about {x}?", "What conclusion was recorded?", "how did the inquest end {x}",
)  # fmt: skip
ASK_MEDICAL = (
    "What was the medical cause of {x}'s death?", "What did {x} die of?", "medical cause of death {x}", "What was the 1a cause of death for {x}?",
    "What killed {x}?", "Medically, how did {x} die?", "What was given as the cause of death?", "What did the post-mortem find {x} had died from?",
    "What was entered as the immediate cause of {x}'s death?", "Which injury or illness was fatal for {x}?", "What did the doctors say {x} died from?",
    "cause of death {x}", "What condition killed {x}?", "What was the cause of {x}'s death?",
)  # fmt: skip
ASK_OPENED = ("When was the investigation into {x}'s death opened?", "On what date did the inquest on {x} open?")
ASK_AGE = ("How old was {x}?", "What age was {x}?", "age of {x}")


class Inquest(NamedTuple):
    """A paragraph with a question: `answer` is (start, end) in `text`, None where it is not there."""

    question: str
    name: str
    text: str
    answer: tuple[int, int] | None


def make_inquest(name: str, place: str, rng: random.Random) -> Inquest:
    """A paragraph about `name` with a question; three in ten questions have no answer in it."""
    asked = rng.choice(["finding", "finding", "finding", "medical", "medical", "medical", "opened", "age"])
    missing = asked in ("finding", "medical") and rng.random() < 0.3
    marks: dict[str, str] = {}
    parts = _parts(name, place, marks, rng)
    shown = ["opening", "closing", "finding", "medical", "story"]
    dropped = [part for part in shown if part not in (asked, "opening") and rng.random() < 0.25]
    text = " ".join(parts[p] for p in shown if p not in dropped and not (missing and p == asked))
    if asked in {"opened", "age"}:
        missing = not marks.get(asked)
    wanted = marks.get(asked, "")
    at = text.find(parts.get(asked, wanted))
    start = -1 if missing or at < 0 else text.find(wanted, at)
    question = rng.choice({"finding": ASK_FINDING, "medical": ASK_MEDICAL, "opened": ASK_OPENED, "age": ASK_AGE}[asked])
    said = (
        f"{name}, the {rng.randint(18, 90)}-year-old {rng.choice(ROLES)} from {place}," if rng.random() < 0.15 else name
    )
    return Inquest(question.format(x=said), name, text, (start, start + len(wanted)) if start >= 0 else None)


def _parts(name: str, place: str, marks: dict[str, str], rng: random.Random) -> dict[str, str]:
    """The sentences of a paragraph; the answer to each kind of question is stored in `marks`."""
    they = rng.choice(["He", "She", name.rsplit(maxsplit=1)[-1], "The deceased"])
    causes = rng.sample(CAUSES, 4)
    more = "".join(
        f" {step} {cause}" for step, cause in zip(("1b", "2"), causes[1 : 1 + rng.randint(0, 2)], strict=False)
    )
    marks |= {"finding": rng.choice(CONCLUSIONS), "medical": causes[0], "opened": _day(rng), "age": ""}
    who = name
    if rng.random() < 0.5:
        marks["age"] = str(rng.randint(1, 97))
        who = f"{name}{rng.choice([', aged ', ', ', ' aged ', ' (age '])}{marks['age']}"
        who += ")" if "(" in who else ""
    story = [
        rng.choice(CIRCUMSTANCES).format(
            They=they, m=causes[3], place=place, day=_day(rng), where=rng.choice(WHEREABOUTS),
            time=f"{rng.randint(0, 23):02}:{rng.randint(0, 59):02}",
        )
        for _ in range(rng.randint(0, 2))
    ]  # fmt: skip
    finding = rng.choice(FINDINGS).format(x=marks["finding"])
    medical = rng.choice(MEDICAL).format(x=causes[0], more=more, They=they, they=they.lower())
    if rng.random() < 0.3:
        marks["finding"] = marks["finding"].capitalize() if f" {marks['finding']}" not in finding else marks["finding"]
        finding = finding if marks["finding"] in finding else f"Conclusion: {marks['finding']}."
    return {
        "opening": rng.choice(OPENINGS).format(who=who, day=marks["opened"]),
        "closing": rng.choice(CLOSINGS).format(day=_day(rng)),
        "finding": finding,
        "medical": medical,
        "story": " ".join(story),
    }


def _day(rng: random.Random) -> str:
    day, month, year = rng.randint(1, 28), rng.randint(1, 12), rng.randint(2009, 2025)
    return rng.choice(
        [f"{day} {MONTHS[month - 1]} {year}", f"{day:02}/{month:02}/{year}", f"{day}th {MONTHS[month - 1]} {year}"]
    )


def names_of_people(names: Sequence[str]) -> list[str]:
    """The names of two or three words, which look like names of people."""
    return [n for n in names if 2 <= len(n.split()) <= 3 and n.replace(" ", "").isalpha()] or ["Alex Morgan"]
