"""Training examples for the reader: a question's positive window, and negatives of four kinds.

Negatives: the same passage without its answer sentence; passages of the same and of other articles that rank high for
the question but do not have the answer; the same passage with a question that a rule made unanswerable; the question
with a passage that a rule changed. So that an unusual word alone is no signal, question and passage are sometimes
changed in the same way, which keeps the answer.
"""

import random
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from eval.train.augment import anonymous, with_context
from eval.train.data import Article, Mined, SquadQuestion, Window, positive, sentence_spans, without_answer_sentence
from eval.train.forms import make_form
from eval.train.inquests import make_inquest, names_of_people
from eval.train.swaps import Change, as_keywords, make_change, make_unanswerable, with_synonym
from eval.train.wordnet import Lexicon, WordNet
from rag.models.reader import heading

# shares of the questions
FORMS, INQUESTS = 0.05, 0.06  # replaced by a form, by an inquest
TWINS, TEXT_TWINS = 0.9, 0.35  # with an unanswerable twin; of these, twins whose passage is changed
ALIKE, SYNONYMS = 0.2, 0.1  # changed together with their passage; with a word replaced by a synonym
KEYWORDS, CONTEXT, ANONYMOUS = 0.1, 0.14, 0.3  # turned into keywords; with context; with names replaced
SENTENCES = 0.15  # read against single sentences
SECOND = 0.2  # with a second mined negative


def read_lexicon(
    folder: Path | None, articles: Sequence[Article], questions: Sequence[SquadQuestion]
) -> Lexicon | None:
    """WordNet's relations of the words of the training text, None without its folder (see eval/train/wordnet.py)."""
    if folder is None:
        return None
    vocabulary: Counter[str] = Counter()
    for text in (*(p for a in articles for p in a.paragraphs), *(q.text for q in questions)):
        vocabulary.update(re.findall(r"[a-z]+(?:-[a-z]+)?", text.lower()))
    return Lexicon(WordNet.read(folder), vocabulary)


class Examples:
    """Training examples as a pure function of (seed, number), so that a run can be resumed."""

    def __init__(
        self,
        articles: Sequence[Article],
        questions: Sequence[SquadQuestion],
        mined: Mined,
        seed: int,
        lexicon: Lexicon | None = None,
    ):
        self.articles, self.questions, self.mined, self.seed, self.lexicon = articles, questions, mined, seed, lexicon
        self.order = np.random.default_rng(seed).permutation(len(questions))

    def __len__(self) -> int:
        return len(self.questions)

    def group(self, number: int) -> list[Window]:
        """The windows of one question: its positive first, hard negatives, usually an unanswerable twin."""
        epoch, place = divmod(number, len(self.order))
        which = int(self.order[place])
        rng = random.Random(f"{self.seed}/{epoch}/{which}")
        article = self.articles[self.questions[which].article]
        draw = rng.random()
        if draw < FORMS:
            return [_form_window(article, rng)]
        if draw < FORMS + INQUESTS:
            return [_inquest_window(article, rng), _inquest_window(article, rng)]
        return self._question_group(which, article, rng)

    def _question_group(self, which: int, article: Article, rng: random.Random) -> list[Window]:
        found = positive(article, self.questions[which], rng)
        hard = [w for _ in range(1 + (rng.random() < SECOND)) if (w := self._hard_negative(which, found, rng))]
        if self.lexicon and rng.random() < SYNONYMS:
            found = replace(found, question=with_synonym(found.question, self.lexicon, rng))
        elif rng.random() < ALIKE and (change := self._change(found, article, rng)):
            found = _changed(found, change) or found
        twin = self._twin(found, article, rng) if rng.random() < TWINS else None
        asked, asked_of_twin = _reworded(found.question, twin.question if twin else None, article, rng)
        hide = rng.random() < ANONYMOUS
        group = [_seen(asked, article, found, rng, hide=hide)]
        group += [_seen(asked, self.articles[owner], w, rng, hide=hide) for owner, w in dict.fromkeys(hard)]
        if twin and asked_of_twin:
            # a swapped name can only be recognised while the original name is in the window
            group.append(_seen(asked_of_twin, article, twin, rng, hide=False).unanswered())
        if rng.random() < SENTENCES:
            group = [_sentence(w, rng) for w in group]
        # the change may be in a sentence that was cut
        return [group[0], *(w for w in group[1:] if (w.question, w.text) != (group[0].question, group[0].text))]

    def _change(self, found: Window, article: Article, rng: random.Random) -> Change | None:
        return make_change(found.question, found.text, article.names, self.lexicon, rng)

    def _twin(self, found: Window, article: Article, rng: random.Random) -> Window | None:
        """A question and a passage that look like the positive but do not match."""
        if rng.random() < TEXT_TWINS and (change := self._change(found, article, rng)):
            other = _changed(found, change)
            if other and other.text != found.text:
                return replace(other, question=found.question)
        if rng.random() < 0.1:
            asked = self._transplant(article, rng)
        else:
            asked = make_unanswerable(found.question, found.text, article.names, rng, self.lexicon)
        return replace(found, question=asked) if asked else None

    def _transplant(self, article: Article, rng: random.Random) -> str | None:
        """A question of another article about the subject of this one: the subject is there, the fact is not."""
        other = self.questions[rng.randrange(len(self.questions))]
        theirs = self.articles[other.article].title
        for name in (theirs, theirs.split()[-1]):
            if len(name) > 3 and name in other.text and theirs != article.title:
                return other.text.replace(name, article.title.split(" (")[0])
        return None

    def _hard_negative(self, which: int, found: Window, rng: random.Random) -> tuple[int, Window] | None:
        draw = rng.random()
        question = self.questions[which]
        if draw < 0.2:
            cut = without_answer_sentence(question, found)
            if cut:
                return question.article, cut
        mined = self.mined.near[which] if draw < 0.85 else self.mined.far[which]
        mined = mined[mined >= 0]
        if not len(mined):
            return None
        # the square of a uniform draw prefers higher ranks
        a, p, s, e = self.mined.windows[int(mined[int(len(mined) * rng.random() ** 2)])]
        return a, Window(found.question, self.articles[a].title, self.articles[a].paragraphs[p][s:e])


def _changed(found: Window, change: Change) -> Window | None:
    """Question and passage with the same change, or None where it would change the answer."""
    if any(m.start() < found.end and m.end() > found.start for m in change.pattern.finditer(found.text)):
        return None
    before = change.in_text(found.text[: found.start])
    answer = found.text[found.start : found.end]
    text = before + answer + change.in_text(found.text[found.end :])
    return Window(change.in_text(found.question), found.title, text, len(before), len(before) + len(answer))


def _sentence(window: Window, rng: random.Random) -> Window:
    """The sentence with the answer, or a random one where there is no answer, without a heading."""
    spans = sentence_spans(window.text)
    if window.start < 0:
        start, end = rng.choice(spans) if spans else (0, len(window.text))
        return replace(window, title="", text=window.text[start:end])
    inside = [(a, b) for a, b in spans if a < window.end and b > window.start]
    start, end = inside[0][0], inside[-1][1]
    return Window(window.question, "", window.text[start:end], window.start - start, window.end - start)


def _reworded(text: str, twin: str | None, article: Article, rng: random.Random) -> tuple[str, str | None]:
    """The question and its twin, both as keywords, both with context, or unchanged."""
    draw = rng.random()
    if draw < KEYWORDS:
        state = rng.getstate()
        asked = as_keywords(text, rng)
        rng.setstate(state)
        return asked, as_keywords(twin, rng) if twin else None
    if draw < KEYWORDS + CONTEXT:
        p = rng.randrange(len(article.paragraphs))
        said = [article.paragraphs[p][a:b] for a, b in article.sentences[p]]
        state = rng.getstate()
        asked = with_context(text, said, rng)
        rng.setstate(state)
        return asked, with_context(twin, said, rng) if twin else None
    return text, twin


def _seen(question: str, article: Article, window: Window, rng: random.Random, *, hide: bool) -> Window:
    """A window as the reader's input for a question: under its heading, with names replaced or not."""
    title = article.heading(question) if hide or rng.random() < 0.9 else ""
    answer = (window.start, window.end) if window.start >= 0 else None
    text = window.text
    if hide:
        text, answer = anonymous(question, text, answer, rng)
    return Window(question, title, text, *(answer or (-1, -1)))


def _form_window(article: Article, rng: random.Random) -> Window:
    subjects = [name for _, name in article.names]
    subject = rng.choice(subjects) if subjects else article.title
    form = make_form(subject, subjects, rng)
    title = heading(article.title, [subject] if subject in form.question else [])
    return Window(form.question, title, form.text, *(form.answer or (-1, -1)))


def _inquest_window(article: Article, rng: random.Random) -> Window:
    subjects = [name for _, name in article.names] or [article.title]
    made = make_inquest(rng.choice(names_of_people(subjects)), rng.choice(subjects), rng)
    title = heading(article.title, [made.name] if made.name in made.question else [])
    text, answer = made.text, made.answer
    if rng.random() < ANONYMOUS:
        text, answer = anonymous(made.name, text, answer, rng)
    return Window(made.question, title, text, *(answer or (-1, -1)))
