"""Text as strings and values: sentences, words, numbers and dates, tables, citation markers, and the parsed question.

Strings come in, frozen values and character offsets go out. It knows no model, no file and no index.
"""
