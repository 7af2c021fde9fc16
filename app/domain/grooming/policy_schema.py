"""The JSON schema of a policy, for editors."""

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from app.domain.grooming.catalogue import CHECKS
from app.domain.grooming.exemptions import Exemptions
from app.domain.grooming.policy import Document

_REF = "#/$defs/{name}"
_ATTRIBUTE = re.compile(r"^\s+([a-z_, ]+): (.*)$")


def schema() -> dict[str, Any]:
    """JSON schema of a policy: its parts, its checks with their options, and what each means."""
    options = [check.options for check in CHECKS]
    (document, exempt, *checks), parts = msgspec.json.schema_components(
        [Document, Exemptions, *options], ref_template=_REF
    )
    for part in parts.values():
        _explained(part)
    own = {
        check.name: _check(check.title, found, parts, exempt)
        for check, found in zip(CHECKS, checks, strict=True)
    }
    inner = parts[_name(document)]
    inner["properties"]["checks"] |= {"properties": own, "additionalProperties": False}
    inner["properties"]["mode"]["enum"] = ["off", "shadow", "live", False]  # to YAML, off is a boolean
    used = {name: part for name, part in parts.items() if name in set(_referred(inner, parts))}
    whole = {**inner, "title": "Policy", "$defs": used}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **whole}


def _check(title: str, found: Any, parts: dict[str, Any], exempt: Any) -> dict[str, Any]:
    properties = {
        **parts[_name(found)].get("properties", {}),
        "weight": {"enum": ["low", "medium", "high", None]},
        "exempt": exempt,
    }
    described = {"type": "object", "properties": properties, "additionalProperties": False}
    return {"description": title, "anyOf": [described, {"type": "boolean"}]}


def _explained(part: dict[str, Any]) -> None:
    """What the docstring says of a part and of its attributes, each in its place."""
    said, _, attributes = part.get("description", "").partition("Attributes:")
    if said:
        part["description"] = said.strip()
    names = list[str]()
    for line in attributes.splitlines():
        if found := _ATTRIBUTE.match(line):
            names = [name for name in found[1].split(", ") if name in part.get("properties", {})]
        for name in names:
            before = part["properties"][name].get("description", "")
            told = found[2] if found else f"{before} {line.strip()}"
            part["properties"][name]["description"] = f"{before}; {told}" if found and before else told


def _name(reference: Any) -> str:
    return str(reference["$ref"]).rpartition("/")[2]


def _referred(part: Any, parts: dict[str, Any]) -> Iterator[str]:
    """Names of the parts that one is made of."""
    if isinstance(part, dict):
        if "$ref" in part:
            name = _name(part)
            yield name
            yield from _referred(parts[name], parts)
        for each in part.values():
            yield from _referred(each, parts)
    elif isinstance(part, list):
        for each in part:
            yield from _referred(each, parts)
