"""Texts of fields as plain text: Cloud sends documents (ADF), Data Center wiki markup."""

from collections.abc import Iterable, Mapping
from typing import Any


def plain_text(value: Any) -> str:
    """A text as it is; of a document (ADF) all its texts, each on a line; nothing where there is none."""
    return value if isinstance(value, str) else "\n".join(_texts_in(value))


def _texts_in(value: Any) -> Iterable[str]:
    if isinstance(value, Mapping):
        if isinstance(value.get("text"), str):
            yield value["text"]
        value = value.values()
    if isinstance(value, Iterable) and not isinstance(value, str):
        for each in value:
            yield from _texts_in(each)
