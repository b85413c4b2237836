"""Measurements beyond `rag eval`: ablation, thresholds, prompt injection, retrieval on BEIR data, the reader alone.

Each module is one command, `python -m eval.studies.NAME`.
"""
