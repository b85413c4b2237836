"""The parts of a Word document, one reason a file; `index.parsers.docx` puts them together."""
