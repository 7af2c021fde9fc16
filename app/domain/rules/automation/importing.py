"""An export of Jira Automation: rules of ours, and what could not be taken over, step by step. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.domain.rules.automation.making import Making
from app.domain.rules.automation.told import Fate, Known, Told, items, shown

MOST_RULES = 1000
_DEEPEST = 60
_LONGEST_NAME = 120


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of an export.

    Attributes:
        rules: documents; each can be read as a rule.
        told: what is not as it was.
    """

    rules: tuple[dict[str, Any], ...]
    told: tuple[Told, ...]


def import_rules(export: Any, known: Known) -> Imported:
    """Rules of an export; whatever it holds, nothing is raised.

    Args:
        export: the JSON.
        known: what ids of the site mean.
    """
    if _depth(export) > _DEEPEST:
        return _nothing(f"It is more than {_DEEPEST} levels deep.")
    found = _rules_of(export)
    if not found:
        return _nothing(f"There are no rules in it: {shown(export)}")
    rules: list[dict[str, Any]] = []
    told: list[Told] = []
    names: set[str] = set()
    for number, one in enumerate(found[:MOST_RULES]):
        making = Making(_name(one, number), known)
        document = making.rule(one)
        if document is not None and document["name"] in names:
            making.tell("name", "", Fate.NOT_MADE, "Another rule has that name.", "Give it one of its own.")
            document = None
        if document is not None:
            names.add(document["name"])
            rules.append(document)
        told += making.told
    if len(found) > MOST_RULES:
        told += _nothing(f"Rules after the first {MOST_RULES} are not read.").told
    return Imported(tuple(rules), tuple(told))


def _nothing(did: str) -> Imported:
    instead = "Export the rules in Jira: Automation, the menu with three dots, Export."
    return Imported((), (Told("", "", "", Fate.NOT_MADE, did, instead),))


def _depth(document: Any) -> int:
    """Without recursion: a document may be deeper than Python goes."""
    depth, level = 0, [document]
    while level and depth <= _DEEPEST:
        depth += 1
        level = [
            inner
            for each in level
            if isinstance(each, Mapping | list)
            for inner in (each.values() if isinstance(each, Mapping) else each)
        ]
    return depth


def _rules_of(export: Any) -> Sequence[Any]:
    if isinstance(export, list):
        return export
    if not isinstance(export, Mapping):
        return ()
    if isinstance(export.get("rules"), list):
        return items(export["rules"])
    for name in ("rule", "ruleConfigBean"):
        if isinstance(export.get(name), Mapping):
            return (export[name],)
    return (export,) if "trigger" in export else ()


def _name(rule: Any, number: int) -> str:
    said = rule.get("name") if isinstance(rule, Mapping) else None
    name = " ".join(said.split())[:_LONGEST_NAME].strip() if isinstance(said, str) else ""
    return name or f"Rule {number + 1}"


def stepwise(told: Sequence[Told]) -> Iterator[str]:
    """The report for people, rule by rule."""
    before: str | None = None
    for one in told:
        if one.rule != before:
            yield one.rule or "The file"
            before = one.rule
        kind = f" {one.type}" if one.type else ""
        yield f"  {one.fate}: {one.where or 'the whole'}{kind}"
        yield f"    {one.did}"
        yield f"    Instead: {one.instead}"
