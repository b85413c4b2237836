"""Metrics: one answer against its gold case, and whole runs with confidence intervals.

Cases and answers come in, scores go out. It knows no engine, no file and no table.
"""
