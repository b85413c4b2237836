"""Evaluate the assistant: gold cases, metrics, run files, reports, studies, benchmarks, and the reader's training.

Gold cases and an engine come in; figures, run files and reports go out. Nothing of the engine imports it.
"""
