"""Parsers, one module for each file format.

The bytes of a file come in, `Content` goes out: plain text with headings, pages and tables. They know no chunk, no
encoder and no index. A new format is a module with a function `parse_<module>` and a line in `index.load.PARSERS`.
"""
