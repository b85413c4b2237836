"""Kinds of question that are answered in a way of their own, rather than from the closest passages.

In: a parsed question, and the documents. Out: an Answer whose citations are verbatim, or None where the question is to
be answered from passages as any other. Knows no chat model, no page and no command line.
"""
