"""Runs: an engine asked every case, each result written to a run file, compared, and judged by thresholds.

Cases and an engine come in, results and run files go out. It knows no table and no plot.
"""
