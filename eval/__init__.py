"""Measure the assistant: gold cases, metrics, run files, reports, the reader's training."""
