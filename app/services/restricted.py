"""What of restricted issues reports may know."""

import re
from collections.abc import Iterable
from dataclasses import replace

import msgspec
from sqlalchemy import Connection

from app.domain.effects import LinkIssues
from app.domain.grooming.facts import HIDDEN, Backlog
from app.domain.grooming.finding import Proposal
from app.domain.grooming.health import Changes, Noted
from app.domain.grooming.ladder import Back, Planned, Take
from app.domain.jql.unseen import numbers_of_issues
from app.domain.reports.since import Before
from app.domain.scrum.issue import Issue
from app.domain.scrum.restricted import linked_keys, masked, name_of
from app.domain.scrum.sprint import Sprint
from app.services.grooming_wish import Wish
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
    names = {issue.key: name_of(issue.id) for issue in issues if issue.restricted}
    others = linked_keys(issues) - names.keys()
    names |= {
        key: name_of(found) for key, found in sprint_issues.restricted(connection, site, others).items()
    }
    return [masked(issue, names) for issue in issues] if names else issues


def hidden_words(connection: Connection, site: Site, text: str) -> str:
    """A sentence that quotes somebody's query, without the keys and numbers of restricted issues."""
    numbers = restricted.among_ids(connection, numbers_of_issues(text), site_id=site.id)
    if numbers:
        text = _NUMBER.sub(lambda one: name_of(one[0]) if one[0] in numbers else one[0], text)
    named = {key.upper() for key in _KEY.findall(text)}
    for key, found in sprint_issues.restricted(connection, site, named).items():
        text = re.sub(rf"\b{re.escape(key)}\b", name_of(found), text, flags=re.IGNORECASE)
    return text


def hidden_before(connection: Connection, site: Site, earlier: Before) -> Before:
    """What an earlier report said, without the keys of issues that are restricted today."""
    found = sprint_issues.restricted(connection, site, earlier.blocked)
    return replace(
        earlier, blocked=tuple(name_of(found[key]) if key in found else key for key in earlier.blocked)
    )


def knowing_restricted(connection: Connection, site: Site, backlog: Backlog) -> Backlog:
    """With which of the issues that only comments and like issues name are restricted."""
    keys = {each.key for every in backlog.alike.values() for each in every}
    keys |= {key for each in backlog.suggested.values() for key, _ in each.neighbours}
    keys |= {said.duplicate_of for said in backlog.said.values() if said.duplicate_of is not None}
    return backlog.knowing(restricted_keys=frozenset(sprint_issues.restricted(connection, site, keys)))


def hidden_proposal(connection: Connection, site: Site, proposal: Proposal, wish: Wish) -> Proposal:
    """A proposal whose words do not name a restricted issue that it links."""
    others = {effect.other_key for effect in proposal.effects if isinstance(effect, LinkIssues)}
    words = proposal.words
    for key in () if wish.show_restricted else sprint_issues.restricted(connection, site, others):
        words = words.replace(key, HIDDEN)
    return replace(proposal, words=words)


def hidden_changes(connection: Connection, site: Site, backlog: Backlog, changes: Changes) -> Changes:
    """What is new and gone in a backlog, without the keys of restricted issues."""
    every = ((one.issue_id, one.key) for one in (*changes.new, *changes.mended, *changes.closed))
    hidden = _hidden_ids(connection, site, backlog, every)

    def told(noted: tuple[Noted, ...]) -> tuple[Noted, ...]:
        return tuple(replace(one, key=HIDDEN) if one.issue_id in hidden else one for one in noted)

    return replace(changes, new=told(changes.new), mended=told(changes.mended), closed=told(changes.closed))


def hidden_plan(connection: Connection, site: Site, backlog: Backlog, planned: Planned) -> Planned:
    """What a policy does, as everybody may read it: of restricted issues only how many."""
    plan = planned.plan
    backs = ((back.progress.issue_id, back.progress.key) for back in plan.backs)
    hidden = _hidden_ids(connection, site, backlog, backs)

    def take(one: Take) -> Take:
        if not backlog.hides(one.item):
            return one
        return replace(one, item=msgspec.structs.replace(one.item, key=HIDDEN), judged=())

    def back(one: Back) -> Back:
        is_hidden = one.progress.issue_id in hidden
        return replace(one, progress=replace(one.progress, key=HIDDEN)) if is_hidden else one

    told = replace(plan, takes=tuple(map(take, plan.takes)), backs=tuple(map(back, plan.backs)))
    return replace(planned, plan=told)


def _hidden_ids(
    connection: Connection, site: Site, backlog: Backlog, named: Iterable[tuple[str, str]]
) -> set[str]:
    """Of these issues, by id and key, those that are not told; some have left the backlog."""
    if backlog.show_restricted:
        return set()
    by_id, every = backlog.by_id, dict(named)
    left = {key for one, key in every.items() if one not in by_id}
    gone = sprint_issues.restricted(connection, site, left).values()
    return {one for one in every if one in by_id and backlog.hides(by_id[one])} | set(gone)
