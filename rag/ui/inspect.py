"""How an answer came about, as HTML: its passages with the scores of each stage, the exact prompt, the timings."""

import re
from collections.abc import Mapping, Sequence

from rag.schema import Answer, Passage
from rag.ui.document_view import shown_text
from rag.ui.markup import Markup, html, icon, join, place_url
from rag.ui.source import tool

STAGES = {
    "condense": "Understanding the question",
    "remembered": "Remembering what was found before",
    "encode": "Encoding it",
    "dense": "Search by meaning",
    "keyword": "Search by words",
    "fuse": "Joining both",
    "read": "Reading the candidates",
    "assemble": "Putting passages together",
    "answer": "Answering and checking",
}
# scores of a passage, in the order in which they are given
SCORES = {
    "dense": "meaning",
    "bm25": "words",
    "document": "words of the whole document",
    "fused": "all three",
    "reader": "after reading",
}
_LINES = re.compile(r"\s*\n\s*")


def inspection(answer: Answer, titles: dict[str, str]) -> Markup:
    """Everything there is to know about how an answer was found."""
    trace = answer.trace
    return html(
        '<div class="source inspection"><header class="source-head"><div class="source-title">'
        '<h2>How it was found</h2><p class="facts" dir="auto">{question}</p></div><div class="source-tools">{close}'
        '</div></header><div class="document" tabindex="0" role="region" aria-label="How it was found">'
        "{facts}{timings}{prompt}{reply}<h3>Passages, as the answer was made from them</h3>{passages}</div></div>",
        question=answer.question,
        close=tool("close", "close", "Close (Esc)"),
        facts=_facts(answer),
        timings=_timings(trace.seconds),
        prompt=_fold("The exact prompt", trace.prompt),
        reply=_fold("What the model wrote", trace.reply),
        passages=passages(answer.passages, titles),
    )


def passages(found: Sequence[Passage], titles: dict[str, str]) -> Markup:
    """Passages with the scores of each stage, best first; what the reader found in each is set off."""
    rows = join(
        html(
            '<li><a class="passage whole" href="{url}"><span class="place" dir="auto">{rank}. {title}{page}</span>'
            '<span class="headings" dir="auto">{headings}</span><span class="words" dir="auto">{words}</span></a>'
            "{scores}</li>",
            url=place_url(passage),
            rank=passage.rank,
            title=titles.get(passage.source) or passage.source,
            page=f", page {passage.page}" if passage.page else "",
            headings=" › ".join(name for name in passage.headings if name != passage.title),
            words=_words(passage),
            scores=_scores(passage.scores),
        )
        for passage in found
    )
    return (
        html('<ol class="closest found">{rows}</ol>', rows=rows)
        if rows
        else html('<p class="none">Nothing in the documents comes near this.</p>')
    )


def _words(passage: Passage) -> Markup:
    """The text of a passage, with what the reader takes for an answer set off; blank lines say nothing here."""
    span = passage.spans[0] if passage.spans else None
    text, a, b = shown_text(passage.source, passage.text), 0, 0
    if span and passage.start <= span.start < span.end <= passage.end:
        a, b = span.start - passage.start, span.end - passage.start
    before, words, after = (_LINES.sub("\n", part) for part in (text[:a], text[a:b], text[b:]))
    return html(
        "{before}{words}{after}", before=before, words=html("<mark>{w}</mark>", w=words) if words else "", after=after
    )


def _scores(scores: Mapping[str, float]) -> Markup:
    """The score of each stage, and folded away what went into the last."""
    shown = {label: scores[name] for name, label in SCORES.items() if name in scores}
    rest = {name.replace("_", " "): value for name, value in scores.items() if name not in SCORES}
    more = html(
        '<details class="fold more-scores"><summary>{icon} {count} more</summary>{rest}</details>',
        icon=icon("right"),
        count=len(rest),
        rest=_listed(rest),
    )
    return html("{shown}{more}", shown=_listed(shown), more=more if rest else "")


def _listed(scores: Mapping[str, float]) -> Markup:
    rows = (html("<div><dt>{n}</dt><dd>{v}</dd></div>", n=name, v=f"{value:.2f}") for name, value in scores.items())
    return html('<dl class="scores">{rows}</dl>', rows=join(rows))


def _facts(answer: Answer) -> Markup:
    trace = answer.trace
    facts = {
        "Searched for": answer.standalone,
        "Result": answer.status.replace("_", " "),
        "Confidence": f"{answer.confidence:.3f}",
        "Answered by": trace.model,
        "Markers that named no passage": trace.dropped_markers or "",
        "Index": trace.index_digest,
        "Settings": trace.settings_digest,
        "Prompt": trace.prompt_digest,
    }
    return _table(facts)


def _timings(seconds: Mapping[str, float]) -> Markup:
    rows = {STAGES.get(name, name): f"{1000 * value:.0f} ms" for name, value in seconds.items()}
    total = {"In all": f"{1000 * sum(seconds.values()):.0f} ms"}
    return html("<h3>Time taken</h3>{table}", table=_table(rows | total, "timed")) if seconds else Markup("")


def _table(rows: Mapping[str, object], kind: str = "") -> Markup:
    lines = join(
        html("<tr><th scope='row'>{name}</th><td dir='auto'>{value}</td></tr>", name=name, value=value)
        for name, value in rows.items()
        if value
    )
    return html('<table class="facts-table {kind}"><tbody>{lines}</tbody></table>', lines=lines, kind=kind)


def _fold(label: str, words: str | None) -> Markup:
    if words is None:
        return Markup("")
    return html(
        '<details class="fold"><summary>{icon}{label}</summary><pre dir="auto" tabindex="0">{words}</pre></details>',
        icon=icon("right"),
        label=label,
        words=words,
    )
