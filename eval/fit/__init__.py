"""Fits the shipped numbers: ranking weights, confidence, int8 ranges.

Folders of cases and documents come in, JSON files of the engine go out.
"""
