"""Fit the numbers that ship with the engine: ranking weights, confidence, int8 activation ranges.

Folders of cases and documents come in, the engine's data files go out. Each module is one command.
"""
