"""Searching the store with JQL."""

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from app.domain.jql.as_of import as_of
from app.domain.jql.catalogue import SYSTEM, Catalogue, custom_subject
from app.domain.jql.check import plan
from app.domain.jql.memory import matches
from app.domain.jql.order import in_order
from app.domain.jql.parser import parse
from app.domain.jql.plan import Subject
from app.store import jql, jql_facts
from app.store.sites import Site

UTC_ZONE = ZoneInfo("UTC")
"""In which dates of a rule's queries are read."""


def search(
    connection: Connection,
    site: Site,
    query: str,
    *,
    now: datetime,
    zone: ZoneInfo,
    account: str | None = None,
    at: datetime | None = None,
) -> list[str]:
    """Keys of the issues that the store holds for a query, in its order.

    Args:
        connection: reading.
        site: whose issues.
        query: JQL.
        now: the instant of the question.
        zone: in which dates of the query are read.
        account: who asks, for currentUser().
        at: answer as at that instant: now(), every field, every history. Reads all issues, so it takes
            seconds on a large site.

    Raises:
        JqlNotUnderstood: the query cannot be read, or names what the site does not have.
        JqlRefused: the store does not hold what would answer it.
    """
    tree = parse(query)
    catalogue = jql_facts.catalogue(
        connection, site, now=at or now, zone=zone, account=account, query=None if at else tree
    )
    asked = plan(tree, catalogue)
    if at is None:
        return jql.search(connection, site, asked)
    subjects = subjects_of(catalogue)
    then = (as_of(issue, at, subjects) for issue in jql_facts.all_facts(connection, site, created_until=at))
    found = (issue for issue in then if issue is not None and matches(asked.condition, issue))
    return [issue.key for issue in in_order(found, asked.order)]


def subjects_of(catalogue: Catalogue) -> dict[str, Subject]:
    """The fields of a site by each name that its changelogs write them under."""
    custom = (custom_subject(each, catalogue) for each in catalogue.fields)
    return {name: subject for subject in (*custom, *SYSTEM.values()) for name in subject.names}
