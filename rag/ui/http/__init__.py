"""The web server of the page: which requests are let in, who is signed in, and what our own routes answer.

In come HTTP requests; out go pieces of the page, pictures of pages, exports, and Gradio's events to `rag.ui.page`. It
knows nothing of how an answer is made or a file is indexed.
"""
