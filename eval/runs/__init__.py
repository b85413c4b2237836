"""Runs: ask an engine every case, write and read run files, compare two runs, check a run against thresholds.

Cases and an engine come in, results and run files go out. It knows no report and no plot.
"""
