"""One module for each file format: bytes -> `Content`, plain text with its headings, pages and tables.

The bytes of a file come in, `Content` goes out. It knows no chunk, no encoder and no index.
"""
