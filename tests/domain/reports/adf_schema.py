"""Atlassian's own schema of its document format, where it lies beside the checkout."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema

PATH = Path(__file__).parents[4] / "shared" / "data" / "adf" / "full.json"


def validator() -> jsonschema.Draft4Validator | None:
    """A validator for whole documents; None where the schema is absent.

    Plain validation tries every kind of node at every place and takes ten seconds for a small table. Kinds
    whose `type` differs from the node's cannot match, so they are not tried.
    """
    if not PATH.exists():
        return None
    schema = json.loads(PATH.read_text())
    definitions = schema["definitions"]
    plain = jsonschema.Draft4Validator.VALIDATORS["anyOf"]

    def may_match(candidate: dict[str, Any], node: Any) -> bool:
        if "$ref" in candidate:
            return may_match(definitions[candidate["$ref"].rsplit("/", 1)[1]], node)
        if "allOf" in candidate:
            return all(may_match(part, node) for part in candidate["allOf"])
        if "anyOf" in candidate:
            return any(may_match(part, node) for part in candidate["anyOf"])
        types = candidate.get("properties", {}).get("type", {}).get("enum")
        return types is None or not isinstance(node, dict) or node.get("type") in types

    def any_of(checker: Any, candidates: list[Any], node: Any, whole: Any) -> Iterator[Any]:
        likely = [candidate for candidate in candidates if may_match(candidate, node)]
        yield from plain(checker, likely or candidates, node, whole)

    return jsonschema.validators.extend(jsonschema.Draft4Validator, {"anyOf": any_of})(schema)
