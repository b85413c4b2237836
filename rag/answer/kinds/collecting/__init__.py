"""Questions about the collection itself: what is asked, and the documents of the ledger that it is asked of.

Knows no passage and no chat model; an answer is made from every document, never from the closest passages.
"""
