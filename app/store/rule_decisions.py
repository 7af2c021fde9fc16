"""What rules decided about events, and why: one row for each rule and event that it waits for."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, bindparam, case, delete, func, select, update

from app.domain.effects import shown_payload
from app.errors import NotFound
from app.store.among import among, among_named, as_named
from app.store.pages import newest_first
from app.store.rule_tables import rule_decisions, rules
from app.store.tables import effects, sites
from app.store.upsert import insert_new

Key = tuple[int, bool, str, str]
"""Rule, whether in shadow, issue, event."""

_CLOCKS_APART = timedelta(minutes=5)
"""Jira's clock may go before ours."""
# Asked of every event, so they are made once.
_C = rule_decisions.c
_RECENT = case((_C.decided_at > bindparam("hour", type_=_C.decided_at.type), _C.effect_count), else_=0)


@lru_cache
def _known(dialect: str) -> Select[Any]:
    return select(_C.rule_id, _C.shadow, _C.issue_id, _C.event_key).where(
        among_named(dialect, _C.issue_id, "issues"), among_named(dialect, _C.event_key, "events")
    )


@lru_cache
def _spent(dialect: str) -> tuple[Select[Any], Select[Any]]:
    """By rule, and by rule and issue."""
    live = (
        among_named(dialect, _C.rule_id, "rules"),
        _C.decided_at > bindparam("day", type_=_C.decided_at.type),
        _C.shadow.is_(False),
        _C.outcome == "acted",
    )
    whole = func.sum(_C.effect_count).label("day")
    by_rule = select(_C.rule_id, func.sum(_RECENT).label("hour"), whole).where(*live).group_by(_C.rule_id)
    by_issue = (
        select(_C.rule_id, _C.issue_id, whole)
        .where(*live, among_named(dialect, _C.issue_id, "issues"))
        .group_by(_C.rule_id, _C.issue_id)
    )
    return by_rule, by_issue


def known(connection: Connection, issue_ids: Collection[str], event_keys: Collection[str]) -> set[Key]:
    """Which were taken already of these events: an event may be told twice, and found once more by a sync."""
    asked = {"issues": as_named(connection, issue_ids), "events": as_named(connection, event_keys)}
    found = connection.execute(_known(connection.dialect.name), asked)
    return {(rule, shadow, issue, event) for rule, shadow, issue, event in found}


def save(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write decisions down; one that was taken already stays."""
    insert_new(connection, rule_decisions, rows)


def later_than(
    connection: Connection, rule_ids: Collection[int], at: datetime, *, limit: int
) -> Sequence[RowMapping]:
    """What rules decided about changes of issues that did not happen before an instant, the first ones.

    But for what waits for an admin, or goes on later.
    """
    wanted = (
        _C.rule_id.in_(rule_ids),
        _C.decided_at > at - _CLOCKS_APART,  # by an index, and nothing is decided before it happens
        _C.at >= at,
        _C.happened.in_(["issue_changed", "issue_created"]),
        _C.outcome.in_(["not matched", "nothing to do", "acted"]),
    )
    query = select(rule_decisions).where(*wanted).order_by(_C.at, _C.id).limit(limit)
    return connection.execute(query).mappings().all()


def amend(connection: Connection, decision_id: int, row: Mapping[str, Any]) -> None:
    """Write a decision anew, for more is known of what it rests on."""
    connection.execute(update(rule_decisions).where(_C.id == decision_id).values(row))


@dataclass(frozen=True, slots=True)
class Spent:
    """How many effects a live rule wanted of late.

    Attributes:
        by_issue: since a day ago, by issue id; of the issues that were asked for.
    """

    last_hour: int = 0
    last_day: int = 0
    by_issue: Mapping[str, int] = field(default_factory=dict)


def spent(
    connection: Connection, rule_ids: Collection[int], issue_ids: Collection[str], *, now: datetime
) -> dict[int, Spent]:
    """What live rules wanted until now, by rule id; of those that wanted something."""
    by_rule, on_issues = _spent(connection.dialect.name)
    rules = as_named(connection, rule_ids)
    asked = {"rules": rules, "day": now - timedelta(days=1), "hour": now - timedelta(hours=1)}
    totals = connection.execute(by_rule, asked).all()
    by_issue: defaultdict[int, dict[str, int]] = defaultdict(dict)
    asked["issues"] = as_named(connection, issue_ids)
    for row in connection.execute(on_issues, asked) if totals else ():
        by_issue[row.rule_id][row.issue_id] = int(row.day)
    return {row.rule_id: Spent(int(row.hour), int(row.day), by_issue[row.rule_id]) for row in totals}


def page(
    connection: Connection,
    *,
    rule_id: int | None = None,
    site_id: int | None = None,
    issue_key: str | None = None,
    outcome: str | None = None,
    shadow: bool | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    before: int | None = None,
    limit: int,
) -> Sequence[RowMapping]:
    """Decisions, newest first; what is None is not asked for. `since`, `until`: when they were taken."""
    table = rule_decisions
    asked = {
        table.c.rule_id: rule_id,
        table.c.site_id: site_id,
        table.c.issue_key: issue_key,
        table.c.outcome: outcome,
        table.c.shadow: shadow,
    }
    wanted = [column == value for column, value in asked.items() if value is not None]
    if since is not None:
        wanted.append(table.c.decided_at >= since)
    if until is not None:
        wanted.append(table.c.decided_at < until)
    query = newest_first(select(table).where(*wanted), table.c.id, before=before, limit=limit)
    return connection.execute(query).mappings().all()


def get(connection: Connection, decision_id: int) -> RowMapping:
    """A decision.

    Raises:
        NotFound: none with that id.
    """
    query = select(rule_decisions).where(rule_decisions.c.id == decision_id)
    row = connection.execute(query).mappings().first()
    if row is None:
        raise NotFound("decision", decision_id, "Those that ended are forgotten after `keep_days`.")
    return row


def fates(connection: Connection, site_id: int, keys: Collection[str]) -> dict[str, RowMapping]:
    """What became of effects, by idempotency key: `id`, `state`, `reason`, `outcome`."""
    query = select(
        effects.c.idempotency_key, effects.c.id, effects.c.state, effects.c.reason, effects.c.outcome
    ).where(effects.c.site_id == site_id, effects.c.idempotency_key.in_(keys))
    return {row["idempotency_key"]: row for row in connection.execute(query).mappings()}


def held(connection: Connection, rule_id: int) -> Sequence[RowMapping]:
    """What waits for an admin, in the order in which it happened."""
    table = rule_decisions
    query = select(table).where(table.c.rule_id == rule_id, table.c.outcome == "held", ~table.c.shadow)
    return connection.execute(query.order_by(table.c.id)).mappings().all()


def settle_held(connection: Connection, rule_id: int, *, outcome: str) -> None:
    """An admin has decided on all that waited; what a server answered is not kept in it any longer."""
    table = rule_decisions
    for row in held(connection, rule_id):
        shown = [{**one, "payload": shown_payload(one["payload"])} for one in row["effects"]]
        if shown != row["effects"]:
            connection.execute(update(table).where(table.c.id == row["id"]).values(effects=shown))
    wanted = (table.c.rule_id == rule_id, table.c.outcome == "held", ~table.c.shadow)
    connection.execute(update(table).where(*wanted).values(outcome=outcome))


def between(connection: Connection, rule_id: int, since: datetime, until: datetime) -> Sequence[RowMapping]:
    """What a rule decided, live, about events of a span of time, in their order."""
    table = rule_decisions
    query = select(table).where(
        table.c.rule_id == rule_id, table.c.at >= since, table.c.at < until, table.c.shadow.is_(False)
    )
    return connection.execute(query.order_by(table.c.at, table.c.id)).mappings().all()


@dataclass(frozen=True, slots=True)
class Failing:
    """A rule with decisions that failed.

    Attributes:
        number: of those decisions.
        reason: of the newest of them.
    """

    rule_id: int
    name: str
    site: str
    number: int
    reason: str


def failing(
    connection: Connection, *, since: datetime, rule_ids: Collection[int] | None = None
) -> list[Failing]:
    """Rules, live or in shadow, that failed after an instant, in the order of their ids; some, or all."""
    wanted = [_C.decided_at > since, _C.outcome == "failed", rules.c.deleted_at.is_(None)]
    if rule_ids is not None:
        wanted.append(_C.rule_id.in_(rule_ids))
    counted = (
        select(_C.rule_id, func.count().label("number"), func.max(_C.id).label("newest"))
        .join(rules, rules.c.id == _C.rule_id)
        .where(*wanted)
        .group_by(_C.rule_id)
        .subquery()
    )
    found = (
        select(_C.rule_id, rules.c.name, sites.c.name.label("site"), counted.c.number, _C.reason)
        .join(counted, counted.c.newest == _C.id)
        .join(rules, rules.c.id == _C.rule_id)
        .join(sites, sites.c.id == rules.c.site_id)
        .order_by(_C.rule_id)
    )
    return [
        Failing(row.rule_id, row.name, row.site, row.number, row.reason or "")
        for row in connection.execute(found)
    ]


def taken_before(
    connection: Connection, *, site_id: int, before: datetime, after: int, limit: int
) -> list[int]:
    """Ids of decisions that were taken before an instant and hold nothing: the first ones above `after`."""
    table = rule_decisions
    old = (
        select(table.c.id)
        .with_hint(table, "NOT INDEXED", "sqlite")  # else it would sort all of the site, for each thousand
        .where(
            table.c.site_id == site_id,
            table.c.decided_at < before,
            table.c.outcome != "held",
            table.c.id > after,
        )
    )
    return list(connection.scalars(old.order_by(table.c.id).limit(limit)))


def forget(connection: Connection, ids: Sequence[int]) -> int:
    """Remove decisions that hold nothing; returns how many."""
    table = rule_decisions
    gone = delete(table).where(among(connection, table.c.id, ids), table.c.outcome != "held")
    return connection.execute(gone).rowcount
