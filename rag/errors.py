"""Every error a user can meet, in one tree.

RagError
├── ConfigError          a setting, an argument or a prompt file is wrong
├── IndexMissing         nothing is indexed yet
├── IndexMismatch        the index was built with another encoder or by another version
├── IndexLocked          another process is writing to the index
├── StorageError         the index cannot be read or written: disk full, damaged file, Chroma server gone
├── SourceMissing        no such document in the index
├── ConversationMissing  no such conversation, or not of this user
├── DocumentError        one file cannot be read; the others are
├── ModelUnavailable     the connected chat model did not answer
└── CasesError           a file of gold cases or a run file is malformed

A message says what happened, the value, and what to do next.
"""


class RagError(Exception):
    """Base of all errors of this project; its message is written for the user."""


class ConfigError(RagError):
    """A setting, an argument or a prompt file is wrong."""


class IndexMissing(RagError):
    """Nothing is indexed yet."""


class IndexMismatch(RagError):
    """The index was built with another encoder or by another version."""


class IndexLocked(RagError):
    """Another process is writing to the index."""


class StorageError(RagError):
    """The index cannot be read or written: disk full, damaged file, Chroma server gone."""


class SourceMissing(RagError):
    """No such document in the index."""


class ConversationMissing(RagError):
    """No such conversation, or it is another user's."""


class DocumentError(RagError):
    """One file cannot be read; the others are."""


class ModelUnavailable(RagError):
    """The connected chat model did not answer."""


class CasesError(RagError):
    """A file of gold cases or a run file is malformed."""
