"""The site as it was at an instant, issue by issue: rules see no later state, live or replayed."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from sqlalchemy import Connection

from app.domain.jql.as_of import as_of
from app.domain.jql.catalogue import Catalogue
from app.domain.jql.check import plan
from app.domain.jql.errors import JqlRefused
from app.domain.jql.memory import Facts, matches
from app.domain.jql.needs import needs_of
from app.domain.jql.order import in_order
from app.domain.jql.parser import parse
from app.domain.jql.plan import Subject, folded
from app.domain.jql.then import Lists
from app.domain.rules.event import Event
from app.domain.scrum.issue import LINKS
from app.services import jql
from app.store import beside, boards, jql_facts, related
from app.store.sites import Site

_OF_STATES = frozenset({"opensprints", "closedsprints", "futuresprints"})
_EPIC_LEVEL = 1
_ANY = datetime.min.replace(tzinfo=UTC)


class Issues:
    """Issues of a site with their histories, each read once.

    Args:
        connection: reading.
        site: whose.
        subjects: its fields, as `app.services.jql.subjects_of` has them.
    """

    def __init__(self, connection: Connection, site: Site, subjects: Mapping[str, Subject]) -> None:
        self.connection = connection
        self.site = site
        self.subjects = subjects
        self._known: dict[str, Facts | None] = {}

    def get(self, issue_ids: Collection[str]) -> dict[str, Facts]:
        """As they are now, by id; those that are here."""
        lacking = [each for each in issue_ids if each not in self._known]
        found = jql_facts.facts_of(self.connection, self.site, lacking)
        self._known |= {each: found.get(each) for each in lacking}
        return {each: facts for each in issue_ids if (facts := self._known[each]) is not None}

    @cached_property
    def lists(self) -> Lists:
        """What is known of the states of sprints."""
        return Lists(self._catalogue, boards.all_sprints(self.connection, self.site))

    @cached_property
    def levels(self) -> Mapping[str, int | None]:
        """Of the issue types, by id: 1 is that of epics; None where Jira does not say it."""
        return {each.id: each.level for each in self._catalogue.issue_types}

    @cached_property
    def _catalogue(self) -> Catalogue:
        return jql_facts.catalogue(self.connection, self.site, now=_ANY, zone=jql.UTC_ZONE)

    def at(self, issue_ids: Collection[str], at: datetime) -> list[Facts]:
        """As they were at an instant, in the order of their ids; those that were there."""
        now = self.get(sorted(issue_ids)).values()
        return [then for each in now if (then := as_of(each, at, self.subjects)) is not None]

    def changed_since(self, at: datetime) -> dict[str, str]:
        """Keys by id of those that were made or changed after an instant."""
        return related.changed_since(self.connection, self.site, at)

    def when(self, event: Event) -> Facts | None:
        """The issue of an event, as the event left it; None where it is not here."""
        now = self.get([event.issue_id]).get(event.issue_id)
        return None if now is None else as_of(now, event.at, self.subjects, last=event.history_id)


def keys_at(issues: Issues, query: str, at: datetime) -> list[str]:
    """Keys of the issues that a query finds at an instant that is not long gone, in its order.

    The store is asked as it is, and what changed since is asked again, as it was: so it is what `jql.search`
    finds as of that instant, without reading all issues. A query about what has no history (comments, links)
    finds what there is now.

    Raises:
        JqlNotUnderstood: the query cannot be read, or names what the site does not have.
    """
    connection, site = issues.connection, issues.site
    zone, account = jql.UTC_ZONE, site.account_id
    if _asks_what_was_open(query) and issues.lists.changed_since(at):
        with suppress(JqlRefused):  # that has no history is seen as it is
            return jql.search(connection, site, query, now=at, zone=zone, account=account, at=at, gone=False)
    keys = jql.search(connection, site, query, now=at, zone=zone, account=account)
    changed = issues.changed_since(at)
    if not changed:
        return keys
    tree = parse(query)
    try:
        known = jql_facts.catalogue(
            connection, site, now=at, zone=zone, account=account, query=tree, past=True
        )
        asked = plan(tree, known)
    except JqlRefused:
        return keys
    later = set(changed.values())
    same = [key for key in keys if key not in later]
    then = [each for each in issues.at(changed, at) if matches(asked.condition, each)]
    if not then:
        return same
    if asked.order:
        ids = related.ids_of(connection, site, set(same))
        return [each.key for each in in_order([*issues.get(ids.values()).values(), *then], asked.order)]
    return sorted([*same, *(each.key for each in then)], key=_key_order, reverse=True)


def _asks_what_was_open(query: str) -> bool:
    """Whether the state of sprints decides."""
    return bool(needs_of(parse(query)).names & _OF_STATES)


class Past:
    """The issues around one, at an instant; see `app.domain.rules.findings.Past`.

    Args:
        issues: of the site.
        at: the instant.
        is_live: whether it is not long gone; see `keys_at`.
    """

    def __init__(self, issues: Issues, at: datetime, *, is_live: bool) -> None:
        self._issues = issues
        self._at = at
        self._is_live = is_live

    def around(self, issue: Facts, to: str, link_type: str | None) -> Sequence[Facts]:
        """The issues that stand so to an issue, in the order of their keys."""
        match to:
            case "parent":
                parent = self.parent(issue)
                found = [] if parent is None else [parent]
            case "epic":
                epic = self.epic(issue)
                found = [] if epic is None else [epic]
            case "children":
                found = list(self.children(issue))
            case "subtasks":
                found = [each for each in self.children(issue) if _is_subtask(each)]
            case "siblings":
                parent = self.parent(issue)
                children = () if parent is None else self.children(parent)
                found = [each for each in children if each.id != issue.id]
            case _:
                found = list(self.linked(issue, link_type))
        return sorted(found, key=_in_key_order)

    def found(self, query: str, most: int) -> Sequence[Facts]:
        """The issues that a query finds, in the order of their keys; not more than `most`."""
        return sorted(self._read(sorted(self._keys(query), key=_key_order)[:most]), key=_in_key_order)

    def listed(self, query: str, most: int) -> Sequence[Facts]:
        """The first issues that a query finds, in its order; without ORDER BY in the order of their keys."""
        if not parse(query).order_by:
            return self.found(query, most)
        keys = self._keys(query)[:most]
        places = {key: place for place, key in enumerate(keys)}
        return sorted(self._read(keys), key=lambda issue: places.get(issue.key, len(places)))

    def count(self, query: str) -> int:
        """How many issues a query finds."""
        return len(self._keys(query))

    def files(self, issue_id: str) -> Sequence[Mapping[str, Any]]:
        """Also those that came later or are gone since."""
        return beside.files_of(self._issues.connection, self._issues.site, issue_id)

    def worklogs(self, issue_id: str) -> Sequence[Mapping[str, Any]]:
        """Likewise."""
        return beside.worklogs_of(self._issues.connection, self._issues.site, issue_id)

    def _keys(self, query: str) -> list[str]:
        connection, site = self._issues.connection, self._issues.site
        if self._is_live:
            return keys_at(self._issues, query, self._at)
        account, at = site.account_id, self._at
        # Nothing is done to what is gone, and a rule is to decide alike live and in a replay.
        return jql.search(
            connection, site, query, now=at, zone=jql.UTC_ZONE, account=account, at=at, gone=False
        )

    def _read(self, keys: Collection[str]) -> list[Facts]:
        ids = related.ids_of(self._issues.connection, self._issues.site, set(keys))
        return self._issues.at(set(ids.values()), self._at)

    def parent(self, issue: Facts) -> Facts | None:
        """Also an epic."""
        named = self._parent_of(issue)
        if not named:
            return None
        connection, site = self._issues.connection, self._issues.site
        ids = {named, *related.ids_of(connection, site, {named}).values()}
        return next(iter(self._issues.at(ids, self._at)), None)

    def epic(self, issue: Facts) -> Facts | None:
        """The nearest epic above an issue, however many levels up."""
        seen = {issue.id}
        above = self.parent(issue)
        while above is not None and above.id not in seen:
            if self._is_epic(above):
                return above
            seen.add(above.id)
            above = self.parent(above)
        return None

    def _is_epic(self, issue: Facts) -> bool:
        """By the level of its type; where Jira tells none (Data Center), by its name."""
        kind = issue.fields.get("issuetype")
        said = kind if isinstance(kind, Mapping) else {}
        level = self._issues.levels.get(str(said.get("id")), said.get("hierarchyLevel"))
        return level == _EPIC_LEVEL if level is not None else folded(str(said.get("name") or "")) == "epic"

    def children(self, issue: Facts) -> Sequence[Facts]:
        """Also sub-tasks."""
        may_be = related.may_be_children(self._issues.connection, self._issues.site, issue.id, issue.key)
        then = self._issues.at(may_be, self._at)
        return [each for each in then if self._parent_of(each) in {issue.id, issue.key}]

    def linked(self, issue: Facts, link_type: str | None) -> Sequence[Facts]:
        """In either direction; the kind by its name or its words ("blocks", "is blocked by")."""
        connection, site = self._issues.connection, self._issues.site
        wanted = folded(link_type) if link_type is not None else None
        links = related.links_of(connection, site, issue.id)
        keys_of = {each.id: each.key for each in self._issues.get({link.other_id for link in links}).values()}
        now = self._issues.get({issue.id}).get(issue.id)
        later = [
            change
            for change in (now.changes if now else ())
            if change.field == LINKS and change.at > self._at
        ]
        added = {change.after for change in later if change.after}
        there = {
            link.other_id
            for link in links
            if wanted in {None, folded(link.words), folded(link.type_name)}
            and keys_of.get(link.other_id) not in added
        }
        gone = {
            change.before
            for change in later
            if change.before and (wanted is None or wanted in folded(change.before_text or ""))
        }
        there |= set(related.ids_of(connection, site, gone).values())
        return self._issues.at(there, self._at)

    def _parent_of(self, issue: Facts) -> str:
        """Key or id."""
        epic_link = self._issues.site.fields.epic_link
        for field in ("parent", epic_link):
            named = _named(issue.fields.get(field)) if field else ""
            if named:
                return named
        return ""


def _named(value: Any) -> str:
    if isinstance(value, Mapping):
        return str(value.get("id") or value.get("key") or "")
    return value if isinstance(value, str) else ""


def _is_subtask(issue: Facts) -> bool:
    kind = issue.fields.get("issuetype")
    return isinstance(kind, Mapping) and bool(kind.get("subtask"))


def _in_key_order(issue: Facts) -> tuple[str, int]:
    return _key_order(issue.key)


def _key_order(key: str) -> tuple[str, int]:
    project, _, number = key.rpartition("-")
    return project, int(number) if number.isdecimal() else 0
