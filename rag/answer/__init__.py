"""Passages -> a cited Answer, quoted or written by a chat model, each citation checked against its source.

A question and its passages come in, an `Answer` goes out. It knows no index, no file and no page.
"""
