"""Models: the encoder and the reader on their runtimes, and chat models by provider name.

Texts come in; vectors, relevance scores with answer spans, or replies go out. Nothing here knows an index, a passage or
a citation.
"""
