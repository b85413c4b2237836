"""Trains the reader: SQuAD and synthetic questions -> windows -> weights.

Data sets come in, a .safetensors file goes out. It knows no index.
"""
