"""What of restricted issues reports may know."""

import re
from dataclasses import replace

from sqlalchemy import Connection

from app.domain.grooming.facts import HIDDEN, Backlog
from app.domain.grooming.health import Changes, Noted
from app.domain.jql.unseen import numbers_of_issues
from app.domain.reports.since import Before
from app.domain.scrum.issue import Issue
from app.domain.scrum.restricted import FORMER_NAME, linked_keys, masked
from app.domain.scrum.sprint import Sprint
from app.store import restricted, sprint_issues
from app.store.sites import Site

_NUMBER = re.compile(r"(?<![\w-])[0-9]+\b")
_KEY = re.compile(r"\b[A-Z][A-Z0-9_]*-[0-9]+\b", re.IGNORECASE)


def hidden(
    connection: Connection, site: Site, sprints: list[tuple[Sprint, list[Issue]]]
) -> list[tuple[Sprint, list[Issue]]]:
    """Sprints with restricted issues that nobody can recognise; an issue of several stays one object."""
    every = {issue.id: issue for _, inside in sprints for issue in inside}
    issues = list(every.values())
    seen = hidden_issues(connection, site, issues)
    if seen is issues:
        return sprints
    shown = dict(zip(every, seen, strict=True))
    return [(sprint, [shown[issue.id] for issue in inside]) for sprint, inside in sprints]


def hidden_issues(connection: Connection, site: Site, issues: list[Issue]) -> list[Issue]:
    """Issues of which nobody can recognise those that are restricted, in the same order; the same list where
    there are none.
    """
    keys = {issue.key for issue in issues if issue.restricted}
    keys |= sprint_issues.restricted(connection, site, linked_keys(issues) - keys).keys()
    return [masked(issue, keys) for issue in issues] if keys else issues


def hidden_words(connection: Connection, site: Site, text: str) -> str:
    """A sentence that quotes somebody's query, without the keys and numbers of restricted issues."""
    numbers = restricted.among_ids(connection, numbers_of_issues(text), site_id=site.id)
    if numbers:
        text = _NUMBER.sub(lambda one: HIDDEN if one[0] in numbers else one[0], text)
    named = {key.upper() for key in _KEY.findall(text)}
    for key in sprint_issues.restricted(connection, site, named):
        text = re.sub(rf"\b{re.escape(key)}\b", HIDDEN, text, flags=re.IGNORECASE)
    return text


def hidden_before(connection: Connection, site: Site, earlier: Before) -> Before:
    """What an earlier report said, without issues that are restricted today, or were then.

    Until 2026 reports had names for the latter.
    """
    found = sprint_issues.restricted(connection, site, earlier.blocked)
    known = (key for key in earlier.blocked if key not in found and not FORMER_NAME.fullmatch(key))
    return replace(earlier, blocked=tuple(known))


def without_restricted(connection: Connection, site: Site, backlog: Backlog) -> Backlog:
    """A backlog to which nobody said, and no like issue tells, what names a restricted issue."""
    if backlog.show_restricted:
        return backlog
    keys = {each.key for every in backlog.alike.values() for each in every}
    keys |= {key for each in backlog.suggested.values() for key, _ in each.neighbours}
    keys |= {said.duplicate_of for said in backlog.said.values() if said.duplicate_of is not None}
    hidden = sprint_issues.restricted(connection, site, keys)
    if not hidden:
        return backlog
    alike = {
        one: tuple(each for each in every if each.key not in hidden) for one, every in backlog.alike.items()
    }
    return backlog.knowing(
        said={one: said.without(hidden) for one, said in backlog.said.items()},
        alike={one: every for one, every in alike.items() if every},
        suggested={
            one: each
            for one, each in backlog.suggested.items()
            if not any(key in hidden for key, _ in each.neighbours)
        },
    )


def hidden_changes(connection: Connection, site: Site, backlog: Backlog, changes: Changes) -> Changes:
    """What is new and gone in a backlog, without what is gone because it is restricted now."""
    if backlog.show_restricted:
        return changes
    left = {one.key for one in (*changes.mended, *changes.closed)}
    hidden = sprint_issues.restricted(connection, site, left)

    def told(noted: tuple[Noted, ...]) -> tuple[Noted, ...]:
        return tuple(one for one in noted if one.key not in hidden)

    return replace(changes, mended=told(changes.mended), closed=told(changes.closed))
