"""Gold cases: read, check against the documents, draft and write them; synthetic documents and BEIR data.

Lines of a .jsonl file come in, `Case` values go out. It knows no metric.
"""
