"""A page of a PDF as text: its words by pdfium, what of them can be seen, its form fields, and their reading order.

Knows no document: `index.parsers.pdf` joins the pages.
"""
