"""The prompts, as data: plain Markdown, read by rag.answer.prompt."""
