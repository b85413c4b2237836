"""Speed, memory and disk, as ratios in one run: `make bench`, and what each grows to.

Files come in, figures go out. Nothing here is a test.
"""
