"""Every exception of this project, in one tree.

RagError
├── ConfigError          a setting, an argument or a prompt file is wrong
├── IndexMissing         nothing is indexed yet
├── IndexMismatch        the index was built with another encoder or by another version
├── IndexLocked          another process is writing to the index
├── StorageError         the index cannot be read or written: disk full, damaged file, Chroma server gone
├── SourceMissing        no such document in the index
├── ConversationMissing  no such conversation, or it belongs to another user
├── DocumentError        one file cannot be read; the others are
├── ModelUnavailable     the connected chat model did not answer
├── CasesError           a file of gold cases or a run file is malformed
├── CollectionError      Chroma failed or is out of date; caught: the ledger's vectors are searched instead
└── ProcessEnded         a child process crashed or went over a limit; caught: its file is reported

A message says what happened, the value, and what to do next.
"""

from typing import Literal

EndCause = Literal["time", "memory", "crash"]
"""Why a child process ended: it went over its limit of time or of memory, or it crashed or was stopped."""


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
    """No such conversation, or it belongs to another user."""


class DocumentError(RagError):
    """One file cannot be read; the others are."""


class ModelUnavailable(RagError):
    """The connected chat model did not answer."""


class CasesError(RagError):
    """A file of gold cases or a run file is malformed."""


class CollectionError(RagError):
    """Chroma failed, or its collection is not what was written to it."""


class ProcessEnded(RagError):
    """A child process ended before it returned a result; `cause` says why."""

    def __init__(self, cause: EndCause):
        super().__init__(cause)
        self.cause: EndCause = cause

    def __str__(self) -> str:
        return f"the child process ended ({self.cause}) before it returned a result"
