"""An Answer for people: terminal, Markdown, JSON, Word.

Answers and document lists come in, text or bytes go out. It knows no engine.
"""
