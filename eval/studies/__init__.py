"""Studies beyond `rag eval`: ablation, thresholds, prompt injection, retrieval on BEIR data, the reader alone.

Data sets come in, tables go out. Each module is one command, `python -m eval.studies.NAME`.
"""
