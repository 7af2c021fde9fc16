"""Texts of fields as plain text: Cloud sends documents (ADF), Data Center wiki markup."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any


def plain_text(value: Any) -> str:
    """A text as it is; of a document (ADF) all its texts, each on a line; nothing where there is none."""
    return value if isinstance(value, str) else "\n".join(_texts_in(value))


def text_or_none(value: object) -> str | None:
    """Empty is empty, however it was sent: webhooks write `""` where REST writes null."""
    return None if value is None or value == "" else str(value)


def _texts_in(value: Any) -> Iterator[str]:
    """In their order. Without recursion: documents may be deep, and whoever asks may be, too."""
    open_parts = [iter((value,))]
    while open_parts:
        for each in open_parts[-1]:
            inner = each
            if isinstance(each, Mapping):
                if isinstance(each.get("text"), str):
                    yield each["text"]
                inner = each.values()
            if isinstance(inner, Iterable) and not isinstance(inner, str):
                open_parts.append(iter(inner))
                break
        else:
            open_parts.pop()


def readable_text(value: Any) -> str:
    """Likewise as people read it: a line for each block, whatever marks divide its texts.

    Searches see the pieces apart, as the databases do; see `plain_text`.
    """
    return value if isinstance(value, str) else "\n".join(_blocks_in(value))


def _blocks_in(node: Any) -> Iterator[str]:
    waiting = [node]
    while waiting:
        one = waiting.pop()
        content = one.get("content") if isinstance(one, Mapping) else None
        inner = content if isinstance(content, list) else ()
        texts = [str(each.get("text", "")) for each in inner if isinstance(each, Mapping) and "text" in each]
        if texts:
            yield "".join(texts)
        waiting += reversed(inner)
