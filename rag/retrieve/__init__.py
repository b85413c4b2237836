"""Question -> ranked passages: dense and keyword search, fused, reranked by the reader.

A question comes in, passages with their features go out. It knows no answer, no citation and no threshold.
"""
