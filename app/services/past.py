"""The site as it was at an instant, issue by issue: rules see no later state, live or replayed."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from app.domain.jql.as_of import as_of
from app.domain.jql.catalogue import Catalogue
from app.domain.jql.memory import Facts
from app.domain.jql.plan import folded
from app.domain.rules.event import Event
from app.domain.scrum.issue import LINKS
from app.services.jql import subjects_of
from app.store import jql_facts, related
from app.store.sites import Site


class Issues:
    """Issues of a site with their histories, each read once."""

    def __init__(self, connection: Connection, site: Site, catalogue: Catalogue) -> None:
        self.connection = connection
        self.site = site
        self.subjects = subjects_of(catalogue)
        self._known: dict[str, Facts | None] = {}

    def get(self, issue_ids: Collection[str]) -> dict[str, Facts]:
        """As they are now, by id; those that are here."""
        lacking = [each for each in issue_ids if each not in self._known]
        found = jql_facts.facts_of(self.connection, self.site, lacking)
        self._known |= {each: found.get(each) for each in lacking}
        return {each: facts for each in issue_ids if (facts := self._known[each]) is not None}

    def at(self, issue_ids: Collection[str], at: datetime) -> list[Facts]:
        """As they were at an instant, in the order of their ids; those that were there."""
        now = self.get(sorted(issue_ids)).values()
        return [then for each in now if (then := as_of(each, at, self.subjects)) is not None]

    def when(self, event: Event) -> Facts | None:
        """The issue of an event, as the event left it; None where it is not here."""
        now = self.get([event.issue_id]).get(event.issue_id)
        return None if now is None else as_of(now, event.at, self.subjects, last=event.history_id)


class Past:
    """The issues around one, at an instant; see `app.domain.rules.decide.Past`."""

    def __init__(self, issues: Issues, at: datetime) -> None:
        self._issues = issues
        self._at = at

    def parent(self, issue: Facts) -> Facts | None:
        """Also an epic."""
        named = self._parent_of(issue)
        if not named:
            return None
        connection, site = self._issues.connection, self._issues.site
        ids = {named, *related.ids_of(connection, site, {named}).values()}
        return next(iter(self._issues.at(ids, self._at)), None)

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
