"""A summary by quoting: what is to be summarised, and the sentences that say it best.

In: the documents of an index and a parsed question. Out: sentences, each a span of its document's stored text. Knows
no chat model.
"""
