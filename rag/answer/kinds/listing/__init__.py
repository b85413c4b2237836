"""Answers that give a whole list, table or section of a document, or count its items.

In: a parsed question, and the stored documents. Out: an Answer with one citation for each item, or None where no
structure of a document surely holds what is asked for. Knows no chat model.
"""
