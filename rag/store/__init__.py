"""What is kept: the ledger in SQLite, the vector store in Chroma, users, conversations and ratings.

Documents, chunks and vectors come in and are found again by vector, word and id. It knows no question and no answer.
"""
