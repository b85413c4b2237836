"""Questions about the documents themselves ("which mention fire?", "the newest report"), answered from all of them.

Every document of the ledger is looked at, so that an answer is complete. It has no passages; no chat model writes it.
"""

from collections.abc import Sequence

from rag.answer.answerer import cited_lines
from rag.answer.kinds.collecting.asking import Asked, asked_of
from rag.answer.kinds.collecting.conditions import conditions_of, dated, is_from, undated_note
from rag.answer.kinds.collecting.frames import Frames
from rag.answer.kinds.collecting.mentions import Mention, first_mention, mentions_of
from rag.answer.kinds.collecting.written import SHOWN, Written, clean, line_of, rest_of
from rag.answer.kinds.handler import Resources
from rag.answer.notes import commanding
from rag.schema import Answer, Passage, Trace
from rag.shown import counted
from rag.store.records import DocumentInfo
from rag.text.question import Question

Documents = Sequence[DocumentInfo]


class Collection:
    """Lists, counts and filters the documents by what is known of them and by what their full text mentions."""

    def __init__(self, resources: Resources):
        self._ledger = resources.ledger
        self._frames = Frames(resources.encoder)

    def answer(self, question: Question, sources: Sequence[str] | None) -> Answer | None:
        """The documents that are asked for, each with its first sentence about the term; None where that is unclear."""
        documents: list[DocumentInfo] = []

        def load() -> Documents:
            documents.extend(one for one in self._ledger.documents() if sources is None or one.source in sources)
            return documents

        asked = asked_of(question, load, self._frames)
        if asked is None:
            return None
        of_time = [one for one in documents if asked.time is None or is_from(one, asked.time)]
        found, near = self._mentioning(asked, [one for one in of_time if asked.noun is None or asked.noun.fits(one)])
        elsewhere: Documents = ()
        if asked.term and asked.noun and not found:  # "reports" may be said of any document
            elsewhere, near = self._mentioning(asked, of_time)
        if asked.term and not (found or elsewhere or asked.clear):
            return None
        notes = [f"Read: all {counted(len(documents), 'document')}."]
        if near:
            notes.append(f"The words of “{clean(asked.term or '')}” stand close to each other here, not in a row.")
        if asked.time and (note := undated_note(documents, "left out")):
            notes.append(note)
        written = Written()
        shown = _headed(written, asked, len(documents), found, elsewhere, notes)
        offered = []
        for one in shown[:SHOWN]:
            mention = first_mention(asked.term, one.source, near, self._ledger) if asked.term else None
            written.list(line_of(one), mention)
            offered.append(_passage(one, mention))
        if rest := rest_of(shown):
            written.say(rest)
        text, sentences = cited_lines(written.lines)
        return Answer(
            question.text,
            question.standalone,
            text,
            None,
            "answered" if shown else "not_in_documents",
            asked.certainty if shown else 0.0,
            tuple(written.citations),
            sentences,
            trace=Trace(notes=(*notes, *commanding(offered))),
        )

    def _mentioning(self, asked: Asked, among: Documents) -> tuple[Documents, bool]:
        """Those that mention the term that is asked for, and whether its words are only near each other there."""
        if asked.term is None:
            return among, False
        mentions = mentions_of(asked.term, asked.exact, [one.source for one in among], self._ledger)
        return [one for one in among if one.source in mentions.sources], mentions.near and bool(mentions.sources)


def _headed(
    written: Written, asked: Asked, total: int, found: Documents, elsewhere: Documents, notes: list[str]
) -> Documents:
    """Write the head of an answer, add what has to be noted, and return the documents to list under it."""
    conditions = conditions_of(asked)
    if elsewhere:
        others = conditions_of(asked, noun=False)
        written.say(f"{conditions.said_of(0, total)} {others.said_of(len(elsewhere), total)}")
        return elsewhere
    if asked.order is None or not found:
        written.say(conditions.said_of(len(found), total))
        return found
    ends, beside = dated(found, asked.order)
    notes += beside
    written.say(conditions.ordered(asked.order, len(found), total) if ends else conditions.undated(len(found)))
    return ends


def _passage(document: DocumentInfo, mention: Mention | None) -> Passage:
    """What an answer shows of a document."""
    start, end, quote = (mention.start, mention.end, mention.quote) if mention else (0, 0, "")
    return Passage(document.source, document.title, (), None, start, end, quote, (), {}, 1)
