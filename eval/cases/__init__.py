"""Gold cases: read, checked against the documents, drafted and written.

Lines of a .jsonl file come in, `Case` values go out. It knows no engine and no metric.
"""
