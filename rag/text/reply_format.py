"""The answer in a chat model's raw reply: without thoughts, channels, control tokens, a code fence around it and JSON.

Knows nothing of passages. Every pattern is linear, and a growing reply is read again at every step.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from rag.text.sentences import sentences

_THOUGHT = re.compile(r"<(think|thinking|reasoning|thought)>.*?(?:</\1>|\Z)|\[THINK\].*?(?:\[/THINK\]|\Z)", re.DOTALL)
_THOUGHT_END = re.compile(r"</(?:think|thinking|reasoning|thought)>|\[/THINK\]")
# OpenAI's harmony format; servers that drop its control tokens leave "analysisThe user ...assistantfinalThe answer"
_CHANNEL = re.compile(r"<\|channel\|>\s*(\w+)[^<]*(?:<\|constrain\|>[^<]*)?<\|message\|>")
_BARE_CHANNELS = re.compile(r"\A\s*analysis(?=[A-Z]).*?(?:assistantfinal|\Z)", re.DOTALL)
_MESSAGE_END = re.compile(r"<\|(?:end|return|start|call|channel)\|>")
_CONTROL = re.compile(r"<\|[a-z_]{1,24}\|>")
_PARTIAL_CONTROL = re.compile(r"<\|[a-z_]{0,24}\|?\Z")
_FENCE = re.compile(r"\A\s*```(?:text|txt|plaintext|plain|markdown|md|json|answer)?[ \t]*\n", re.IGNORECASE)
_FENCE_END = re.compile(r"^[ \t]*```[ \t]*$\n?", re.MULTILINE)
_PARTIAL_FENCE = re.compile(r"\A\s*`{1,3}\w*\Z|\n`{1,2}\Z")
_JSON = re.compile(r"\A\s*\{(?=\s*(?:\"|\Z))")
_ANSWER_KEYS = ("answer", "final_answer", "response", "reply", "text", "content", "result", "sentences", "antwort")
_CITATION_KEYS = ("citations", "citation", "sources", "source", "passages", "passage", "references", "number", "id")
_ANSWER_VALUE = re.compile(rf'"(?:{"|".join(_ANSWER_KEYS)})"\s*:\s*"((?:[^"\\]|\\.)*+)', re.DOTALL)
_PARTIAL_ESCAPE = re.compile(r"\\(?:u[\da-fA-F]{0,3})?\Z")
_CITED = re.compile(r"\W*(?:[A-Za-z]{2,9}\W{1,2})?(\d{1,3})\W*")
_FILE_NAME = re.compile(r"[^\[\]\n]{1,100}\.\w{2,5}")
_DECODER = json.JSONDecoder(strict=False)


def answer_in(reply: str, finished: bool = True) -> str:
    """The answer in a reply, "" while there is nothing but thoughts; of an unfinished one what there is of it."""
    text = _final_channel(reply)
    text = _THOUGHT.sub("", text)
    if ends := list(_THOUGHT_END.finditer(text)):
        text = text[ends[-1].end() :]
    text = _CONTROL.sub("", text if finished else _PARTIAL_CONTROL.sub("", text))
    text = _without_fence(text, finished)
    return _json_answer(text, finished) if _JSON.match(text) else text


def _final_channel(reply: str) -> str:
    """What the last final channel of a reply in channels says; a reply without channels as it is."""
    if "<|channel|>" not in reply:
        return _BARE_CHANNELS.sub("", reply)
    final = [channel for channel in _CHANNEL.finditer(reply) if channel[1] == "final"]
    return _MESSAGE_END.split(reply[final[-1].end() :], maxsplit=1)[0] if final else ""


def _without_fence(text: str, finished: bool) -> str:
    """Without the code fence that a reply begins with, unless its label is that of a programming language."""
    if not finished:
        text = _PARTIAL_FENCE.sub("", text)
    opening = _FENCE.match(text)
    return _FENCE_END.sub("", text[opening.end() :], count=1) if opening else text


def _json_answer(text: str, finished: bool) -> str:
    """The answer in a JSON object, with markers for the citations that it lists; the text where there is none."""
    try:
        written = _text(_DECODER.raw_decode(text.lstrip())[0])
    except (ValueError, RecursionError):
        match = _ANSWER_VALUE.search(text)
        written = _unescaped(_PARTIAL_ESCAPE.sub("", match[1])) if match else ""
    return written.encode("utf-8", "replace").decode() or (text if finished else "")


def _text(value: Any) -> str:
    """The answer in a value of a JSON object."""
    match value:
        case str():
            return value
        case list():
            return " ".join(filter(None, map(_text, value)))
        case dict():
            key = next((key for key in _ANSWER_KEYS if value.get(key)), None)
            return _with_markers(_text(value[key]), value) if key else ""
        case _:
            return ""


def _with_markers(text: str, values: Mapping[str, Any]) -> str:
    """A text without markers with those of its JSON object after every sentence, for they belong to all of it."""
    markers = "".join(_marker(values[key]) for key in _CITATION_KEYS if key in values)
    if not markers or re.search(r"[\[【]\s?\d", text):
        return text
    for _, end in reversed(sentences(text)):
        text = f"{text[:end]} {markers}{text[end:]}"
    return text


def _marker(value: Any) -> str:
    match value:
        case list():
            return "".join(map(_marker, value))
        case dict():
            return next((_marker(value[key]) for key in _CITATION_KEYS if key in value), "")
        case int() if not isinstance(value, bool):
            return f"[{value}]"
        case str() if number := _CITED.fullmatch(value):
            return f"[{number[1]}]"
        case str() if _FILE_NAME.fullmatch(value):
            return f"[{value}]"
        case _:
            return ""


def _unescaped(string: str) -> str:
    """The head of a JSON string, decoded where it is valid."""
    try:
        return str(_DECODER.decode(f'"{string}"'))
    except ValueError:
        return string
