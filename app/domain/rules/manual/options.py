"""Options of the parts of a rule as tables, read from the JSON schema: what it has, the manual has."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from app.domain.rules.parts import LONGEST_JQL, LONGEST_TEXT

Schema = Mapping[str, Any]
_HEAD = "| option | value | if left out | meaning |\n|---|---|---|---|"
_PLAIN = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "`true` or `false`",
    "null": "null",
}
_ANYTHING = "anything"


def table(part: Schema, *, but: frozenset[str] = frozenset({"type"})) -> str:
    """The options of a part; empty where it has none but those of `but`."""
    needed = part.get("required", ())
    rows = [_row(name, of, is_needed=name in needed) for name, of in options(part, but=but)]
    return "\n".join([_HEAD, *rows]) if rows else ""


def options(part: Schema, *, but: frozenset[str] = frozenset({"type"})) -> Iterator[tuple[str, Schema]]:
    """Each option by its name."""
    return ((name, of) for name, of in part["properties"].items() if name not in but)


def _row(name: str, option: Schema, *, is_needed: bool) -> str:
    left_out = "*needed*" if is_needed else _default(option)
    cells = (f"`{name}`", _value(option), left_out, flat(option.get("description", "")))
    return f"| {' | '.join(each.replace('|', '&#124;') for each in cells)} |"


def _default(option: Schema) -> str:
    default = option.get("default")
    if default in (None, "", [], {}) or isinstance(default, Mapping):
        return "-"
    return f"`{default if isinstance(default, str) else json.dumps(default)}`"


def _value(option: Schema) -> str:
    """What may stand there."""
    if "$ref" in option:
        return _named(option["$ref"])
    if "const" in option:
        return f"`{option['const']}`"
    if "enum" in option:
        return ", ".join(f"`{each}`" for each in option["enum"])
    if "anyOf" in option:
        found = [_value(each) for each in option["anyOf"] if each.get("type") != "null"]
        return ", ".join(dict.fromkeys(found))
    if "oneOf" in option:
        return _one_of(option)
    return _plain(option)


def _named(reference: str) -> str:
    return f"`{reference.rpartition('/')[2]}`, see there"


def _one_of(option: Schema) -> str:
    """A long choice has a chapter of its own."""
    kinds = option.get("discriminator", {}).get("mapping", {})
    if "stop" in kinds:
        return "action"
    return "trigger" if "issue_created" in kinds else "condition"


def _plain(option: Schema) -> str:
    kind = option.get("type", "")
    if kind == "array":
        return f"list of: {_value(option.get('items', {}))}"
    if kind == "object":
        inner = next(iter(option.get("patternProperties", {}).values()), option.get("additionalProperties"))
        return f"by name: {_value(inner) if isinstance(inner, Mapping) else _ANYTHING}"
    if kind == "string":
        longest = {LONGEST_TEXT: "text with values", LONGEST_JQL: "JQL"}
        return (
            "instant"
            if option.get("format") == "date-time"
            else longest.get(option.get("maxLength", 0), "text")
        )
    return _PLAIN.get(kind, _ANYTHING) + _bounds(option)


def _bounds(option: Schema) -> str:
    least, most = option.get("minimum"), option.get("maximum")
    if "exclusiveMinimum" in option:
        return f", more than {option['exclusiveMinimum']}, at most {most}"
    if most is not None:
        return f", {least} to {most}"
    return "" if least is None else f", at least {least}"


def flat(text: str) -> str:
    """On one line, for a cell of a table."""
    return " ".join(text.split())
