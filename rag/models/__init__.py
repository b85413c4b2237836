"""What computes: the encoder and the reader on their runtimes, and chat models by provider name.

Texts come in, vectors, scores or replies go out. It knows no index, no passage and no citation.
"""
