"""Warns of values in a query that nothing in the store has or ever had."""

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection

from app.domain.jql.catalogue import AROUND, Catalogue, IssueType
from app.domain.jql.catalogue import Named as Thing
from app.domain.jql.plan import Kind, folded
from app.domain.jql.tree import Query
from app.domain.jql.unfound import MOST, PERSON, Meant, Unfound, named_in, terms_of, warning
from app.store import jql_unfound
from app.store.restricted import NOTHING_HIDDEN, Hidden
from app.store.sites import Site


def unfound(
    connection: Connection,
    site: Site,
    query: Query,
    catalogue: Catalogue,
    *,
    hidden: Hidden = NOTHING_HIDDEN,
    unlisted: bool = True,
) -> list[Unfound]:
    """The values of a query that nothing has or had, in their order; not more than `MOST`.

    Args:
        connection: reading.
        site: whose.
        query: understood; for somebody to whom issues are hidden as `app.domain.jql.unseen` makes it.
        catalogue: of the site.
        hidden: issues that are not there for who asks.
        unlisted: also labels and options, of which there are no lists, so that all issues are looked at.
    """
    meant = [each for each in named_in(query, catalogue) if unlisted or each.is_listed]
    if not meant:
        return []
    found = _Unfound(connection, site, catalogue, hidden)
    return [warning(each, query, found.names(each)) for each in found.among(meant)][:MOST]


class _Unfound:
    """What the store has; each list is read once, and only if a value asks for it."""

    def __init__(self, connection: Connection, site: Site, catalogue: Catalogue, hidden: Hidden) -> None:
        self.connection, self.site, self.catalogue, self.hidden = connection, site, catalogue, hidden
        self._people: list[tuple[str, str, str]] | None = None
        self._listed: dict[str, dict[str, str]] = {}

    def among(self, meant: list[Meant]) -> Iterator[Meant]:
        """Those that nothing has."""
        said = {folded(each.given.value) for each in meant if each.is_issue}
        asked = (self.connection, self.site, said)
        there = jql_unfound.issues_named(*asked, hidden=self.hidden.ids) if said else set[str]()
        for each in meant:
            listed = there if each.is_issue else self._words(each)
            if folded(each.given.value) not in listed and not self._is_held(each):
                yield each

    def names(self, one: Meant) -> list[str]:
        """What it may have been meant to be."""
        known, subject = self.catalogue, one.subjects[0]
        if one.is_issue:
            return [each.key for each in known.projects]
        if one.is_person:
            return [name for _, name, _ in self._everybody() if name]
        if subject.is_sprint:
            return [each.name for each in known.sprints]
        lists: dict[str, Sequence[Thing | IssueType]] = {
            "status": known.statuses,
            "priority": known.priorities or (),
            "resolution": known.resolutions or (),
            "project": known.projects,
            "issuetype": known.issue_types,
        }
        if subject.field in lists:
            return [each.name for each in lists[subject.field]]
        return list(self._things(one).values())

    def _words(self, one: Meant) -> set[str]:
        """Names and ids of the list that the value may stand in."""
        if one.is_person:
            return {folded(each) for person in self._everybody() for each in person}
        things = self._things(one)
        return {*map(folded, things), *map(folded, things.values())}

    def _everybody(self) -> list[tuple[str, str, str]]:
        if self._people is None:
            self._people = jql_unfound.people(self.connection, self.site)
        return self._people

    def _things(self, one: Meant) -> dict[str, str]:
        field = one.subjects[0].field
        if field not in self._listed:
            self._listed[field] = jql_unfound.names_and_ids(self.connection, self.site, one.subjects[0])
        return self._listed[field]

    def _is_held(self, one: Meant) -> bool:
        """Whether an issue has it, or had it; whom only a worklog names stands in the list of people."""
        if one.subjects[0] is PERSON or one.subjects[0].field == AROUND["worklogauthor"].field:
            return False
        return any(
            jql_unfound.is_held(
                self.connection,
                self.site,
                each,
                terms_of(one, each, self.catalogue),
                hidden=self.hidden.ids,
            )
            for each in one.subjects
            if each.kind is not Kind.ISSUE
        )
