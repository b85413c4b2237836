"""One question, every document: a table with a row for each document and a column for each question.

In: questions, and what answers one of them from one document. Out: a growing Table. It knows no engine, no
page and no command line.
"""
