"""Texts of fields as plain text: Cloud sends documents (ADF), Data Center wiki markup."""

from collections.abc import Iterable, Mapping
from typing import Any


def plain_text(value: Any) -> str:
    """A text as it is; of a document (ADF) all its texts, each on a line; nothing where there is none."""
    return value if isinstance(value, str) else "\n".join(_texts_in(value))


def text_or_none(value: object) -> str | None:
    """Empty is empty, however it was sent: webhooks write `""` where REST writes null."""
    return None if value is None or value == "" else str(value)


def _texts_in(value: Any) -> Iterable[str]:
    if isinstance(value, Mapping):
        if isinstance(value.get("text"), str):
            yield value["text"]
        value = value.values()
    if isinstance(value, Iterable) and not isinstance(value, str):
        for each in value:
            yield from _texts_in(each)


def readable_text(value: Any) -> str:
    """Likewise as people read it: a line for each block, whatever marks divide its texts.

    Searches see the pieces apart, as the databases do; see `plain_text`.
    """
    return value if isinstance(value, str) else "\n".join(_blocks_in(value))


def _blocks_in(node: Any) -> Iterable[str]:
    content = node.get("content") if isinstance(node, Mapping) else None
    inner = content if isinstance(content, list) else ()
    texts = [str(one.get("text", "")) for one in inner if isinstance(one, Mapping) and "text" in one]
    if texts:
        yield "".join(texts)
    for one in inner:
        yield from _blocks_in(one)
