"""Storage: the ledger in SQLite, snapshots of its vectors in Chroma, users, conversations and ratings.

Documents, chunks and vectors come in, and are found again by vector, by keyword and by id. Nothing here knows how a
file is parsed, how a question is understood or how an answer is made.
"""
