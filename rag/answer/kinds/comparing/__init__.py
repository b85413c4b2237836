"""Two versions of a document: which they are, what differs between them, and the answer that says so.

In: the documents of an index and a parsed question. Out: aligned sentences, each a span of its document's stored text.
Knows no chat model; the encoder is asked only about sentences that differ.
"""
