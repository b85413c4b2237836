"""Export answers: to the terminal, as Markdown, JSON, plain text or a Word document.

Answers and document lists come in, text or bytes go out. It knows no engine.
"""
