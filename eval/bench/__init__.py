"""Benchmarks: speed, memory and disk, as ratios measured in one run (`make bench`) and as they grow with the index.

Files come in, figures go out. Nothing here is a test.
"""
