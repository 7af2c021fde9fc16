"""For which projects a rule of an export is."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from app.domain.rules.automation.told import Known, UnknownError, items, literal, mapping

_PROJECT = re.compile(r"ari:cloud:jira:[^:/]*:project/(\d+)")
_SITE = re.compile(r"ari:cloud:jira::site/[^:/]+")


def projects_of(rule: Mapping[str, Any], known: Known) -> list[str]:
    """Keys; none where the rule is for all of the site."""
    scopes = [*items(rule.get("ruleScopeARIs")), *items(mapping(rule.get("ruleScope")).get("resources"))]
    ids, everywhere = _scoped(scopes)
    ids |= {literal(mapping(each).get("projectId")) for each in items(rule.get("projects"))}
    filtered, _ = _scoped(_filters(rule))
    everywhere = everywhere or (rule.get("projects") == [] and not scopes)
    if filtered:
        ids, everywhere = (ids & filtered if ids else filtered), False
    if everywhere and not ids:
        return []
    if not ids:
        raise UnknownError("It does not say for which projects it is.", "Write their keys into `projects`.")
    missing = sorted(ids - known.projects.keys())
    if missing:
        told = f"It is for projects that the store does not have, by their ids: {', '.join(missing)}"
        raise UnknownError(told, "Let Burnish sync these projects first, or write keys into `projects`.")
    return sorted({known.projects[each] for each in ids})


def _scoped(scopes: Sequence[Any]) -> tuple[set[str], bool]:
    """Ids of projects, and whether all of the site is meant, too."""
    ids: set[str] = set()
    everywhere = False
    for scope in scopes:
        said = literal(scope)
        if found := _PROJECT.fullmatch(said):
            ids.add(found[1])
        elif _SITE.fullmatch(said):
            everywhere = True
        else:
            raise UnknownError(f"It is for {said}.", "Write the keys of its projects into `projects`.")
    return ids, everywhere


def _filters(rule: Mapping[str, Any]) -> Sequence[Any]:
    """Cloud keeps the scope in the trigger, too."""
    component = rule.get("trigger")
    value = component.get("value") if isinstance(component, Mapping) else None
    return items(value.get("eventFilters")) if isinstance(value, Mapping) else ()
