"""Answers, documents and controls as HTML.

In come the frozen values of `rag.schema`, the store and the jobs; out go pieces of HTML, filled into the templates of
rag/ui/templates, in which everything is escaped. It knows nothing of Gradio, of requests and of who is asking.
"""
