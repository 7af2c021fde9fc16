"""Searching the store with JQL."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import Connection

from app.domain.jql.as_of import as_of
from app.domain.jql.catalogue import SYSTEM, Catalogue, custom_subject, find_subjects
from app.domain.jql.check import plan
from app.domain.jql.errors import JqlNotUnderstood
from app.domain.jql.memory import Facts, matches
from app.domain.jql.order import in_order
from app.domain.jql.parser import parse
from app.domain.jql.plan import Subject
from app.domain.jql.then import then
from app.domain.jql.tree import Query
from app.domain.jql.unfound import Unfound
from app.domain.jql.unseen import without
from app.errors import NotFound, NotUnderstood
from app.services.unfound import unfound
from app.store import boards, issues, jql, jql_facts, partial_data
from app.store.restricted import NOTHING_HIDDEN, Hidden
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
    gone: bool = True,
    hidden: Hidden = NOTHING_HIDDEN,
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
        gone: find also what was deleted, archived or moved out since that instant.
        hidden: issues and comments that are not there for who asks.

    Raises:
        JqlNotUnderstood: the query cannot be read, or names what the site does not have.
        JqlRefused: the store does not hold what would answer it.
    """
    if at is not None:
        found = _found_then(
            connection, site, query, at=at, zone=zone, account=account, hidden=hidden, gone=gone
        )
        return [issue.key for issue in found]
    return _found_now(connection, site, query, now=now, zone=zone, account=account, hidden=hidden)[0]


def _found_now(
    connection: Connection,
    site: Site,
    query: str,
    *,
    now: datetime,
    zone: ZoneInfo,
    account: str | None,
    hidden: Hidden,
) -> tuple[list[str], Query, Catalogue]:
    """Keys; and how the query was understood."""
    tree = without(parse(query), hidden.names, hidden.ids)
    known = jql_facts.catalogue(
        connection, site, now=now, zone=zone, account=account, query=tree, hidden=hidden.ids
    )
    keys = jql.search(connection, site, plan(tree, known), hidden=hidden)
    return [key for key in keys if key not in hidden.names] if hidden.names else keys, tree, known


@dataclass(frozen=True, slots=True)
class Answer:
    """Keys of the issues that a query finds, which of its values find nothing, and what was not read."""

    keys: list[str]
    warnings: list[Unfound]
    missing: list[str]


def answer(
    connection: Connection,
    site: Site,
    query: str,
    *,
    now: datetime,
    zone: ZoneInfo,
    account: str | None = None,
    at: datetime | None = None,
    hidden: Hidden = NOTHING_HIDDEN,
) -> Answer:
    """As `search`, and of each value that nothing has or ever had a warning; of labels and options only where
    nothing is found, for to know it all issues are looked at. And in sentences, what was not read.

    Raises:
        JqlNotUnderstood, JqlRefused: as `search`.
    """
    missing = _missing(connection, site)
    if at is not None:
        keys = search(connection, site, query, now=now, zone=zone, account=account, at=at, hidden=hidden)
        warnings = warnings_of(connection, site, query, now=now, hidden=hidden, unlisted=not keys)
        return Answer(keys, warnings, missing)
    keys, tree, known = _found_now(
        connection, site, query, now=now, zone=zone, account=account, hidden=hidden
    )
    return Answer(keys, unfound(connection, site, tree, known, hidden=hidden, unlisted=not keys), missing)


def _missing(connection: Connection, site: Site) -> list[str]:
    """What was not read; of fields that Jira hides there is nothing to ask, which is said where one does."""
    noted = partial_data.of_site(connection, site)
    return [one.reason for one in noted if one.kind is not partial_data.Kind.FIELD_HIDDEN]


def warnings_of(
    connection: Connection,
    site: Site,
    query: str,
    *,
    now: datetime,
    hidden: Hidden = NOTHING_HIDDEN,
    unlisted: bool = True,
) -> list[Unfound]:
    """The values of a query that nothing in the store has or ever had; nothing of one that is not understood.

    Args:
        connection: reading.
        site: whose.
        query: JQL.
        now: the instant of the question.
        hidden: issues that are not there for who asks: they are warned of as of such as never were.
        unlisted: also labels and options, for which all issues are looked at.
    """
    try:
        tree = without(parse(query), hidden.names, hidden.ids)
    except JqlNotUnderstood:
        return []
    known = jql_facts.catalogue(connection, site, now=now, zone=UTC_ZONE, query=tree)
    return unfound(connection, site, tree, known, hidden=hidden, unlisted=unlisted)


def _found_then(
    connection: Connection,
    site: Site,
    query: str,
    *,
    at: datetime,
    zone: ZoneInfo,
    account: str | None,
    hidden: Hidden,
    gone: bool = True,
) -> list[Facts]:
    tree = without(parse(query), hidden.names, hidden.ids)
    known = jql_facts.catalogue(connection, site, now=at, zone=zone, account=account, query=tree, past=True)
    asked = plan(tree, then(known, at, boards.all_sprints(connection, site)))
    subjects = subjects_of(known)
    then_there = jql_facts.all_facts(connection, site, at=at, gone=gone, hidden=hidden)
    past = (as_of(issue, at, subjects) for issue in then_there)
    found = (issue for issue in past if issue is not None and matches(asked.condition, issue))
    return in_order(found, asked.order)


def subjects_of(catalogue: Catalogue) -> dict[str, Subject]:
    """The fields of a site by each name that its changelogs write them under."""
    custom = (custom_subject(each, catalogue) for each in catalogue.fields)
    return {name: subject for subject in (*custom, *SYSTEM.values()) for name in subject.names}


def zone_named(name: str) -> ZoneInfo:
    """A time zone by its name of the tz database.

    Raises:
        NotUnderstood: there is none of that name.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise NotUnderstood(f"time_zone: {name!r} is no time zone; write it like Europe/Berlin.") from error


# --- pages, and single issues ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Place:
    """How far a search was shown.

    Attributes:
        now: the instant of the first page, so that `-1d` means the same on every page.
        shown: so many issues were.
        key: of the last of them; where it matches no more, `shown` tells the place.
    """

    now: datetime
    shown: int
    key: str


@dataclass(frozen=True, slots=True)
class Found:
    """A part of what a search found.

    Attributes:
        total: so many match.
        following: where the next page begins; None on the last one.
        warnings: values of the query that nothing has or ever had.
        missing: what of the site was not read, in sentences.
    """

    issues: tuple[Facts, ...]
    total: int
    following: Place | None
    warnings: tuple[Unfound, ...] = ()
    missing: tuple[str, ...] = ()


def search_page(
    connection: Connection,
    site: Site,
    query: str,
    *,
    now: datetime,
    zone: ZoneInfo,
    account: str | None,
    at: datetime | None,
    after: Place | None,
    limit: int,
    hidden: Hidden = NOTHING_HIDDEN,
) -> Found:
    """The issues of one page of a search, in its order; as of an instant, with their fields of then.

    Issues that are `hidden` are not there: how many match, or what is linked with them, would tell of them.

    Raises:
        JqlNotUnderstood, JqlRefused: as `search`.
    """
    asked_at = after.now if after else now
    if at is not None:
        found = _found_then(connection, site, query, at=at, zone=zone, account=account, hidden=hidden)
        keys = [issue.key for issue in found]
        warnings = warnings_of(connection, site, query, now=asked_at, hidden=hidden, unlisted=not keys)
    else:
        said = answer(connection, site, query, now=asked_at, zone=zone, account=account, hidden=hidden)
        keys, warnings = said.keys, said.warnings
    start = _start(keys, after)
    shown = keys[start : start + limit]
    following = Place(asked_at, start + limit, shown[-1]) if start + limit < len(keys) else None
    if at is None:
        present = jql_facts.without_histories(connection, site, shown)
        facts = [jql_facts.as_seen(each, site, hidden) for each in present]
    else:
        facts = found[start : start + limit]
    missing = tuple(_missing(connection, site))
    return Found(tuple(facts), len(keys), following, tuple(warnings), missing)


def _start(keys: Sequence[str], after: Place | None) -> int:
    if after is None:
        return 0
    return keys.index(after.key) + 1 if after.key in keys else min(after.shown, len(keys))


def issue_named(
    connection: Connection, site: Site, key: str, *, at: datetime | None, hidden: Hidden = NOTHING_HIDDEN
) -> Facts:
    """An issue by the key that it has, or had before it was moved; now, or as it was at an instant.

    It says nothing of issues that are `hidden`; whether it is one itself is not asked here.

    Raises:
        NotFound: there is none, or there was none yet.
    """
    found = issues.find_by_key(connection, site, key.upper())
    facts = jql_facts.facts_of(connection, site, [found] if found else [], present=True).get(found or "")
    facts = facts and jql_facts.as_seen(facts, site, hidden)
    if facts is not None and at is not None:
        facts = as_of(facts, at, subjects_of(jql_facts.catalogue(connection, site, now=at, zone=UTC_ZONE)))
    if facts is None:
        raise NotFound("issue", key, "It may be deleted, not be there yet at that instant, or not be synced.")
    return facts


def fields_named(connection: Connection, site: Site, names: Sequence[str], *, now: datetime) -> list[str]:
    """Of fields as queries name them, Jira's ids; all of them where several share a name.

    Raises:
        NotUnderstood: the site has no such field.
    """
    known = jql_facts.catalogue(connection, site, now=now, zone=UTC_ZONE)
    found: dict[str, None] = {}
    for name in names:
        subjects = find_subjects(name, known)
        if not subjects:
            raise NotUnderstood(f"fields: the site has no field {name!r}.", field="/query/fields")
        found |= dict.fromkeys(subject.field for subject in subjects)
    return list(found)
