"""Figures of answers: one answer against its gold case, and whole runs with their intervals. Pure.

Cases and answers come in, scores go out. It knows no engine, no file and no table.
"""
