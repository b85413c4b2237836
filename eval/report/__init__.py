"""Reports: a run as tables for the terminal and as one HTML page.

Scored results come in, text goes out. It knows no engine.
"""
