"""Indexing from the page, in the background.

In come uploaded files, folders and removals; out go jobs with their progress, and a changed index. It knows nothing of
HTML, of requests and of questions.
"""
