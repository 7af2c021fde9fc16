"""Rules that look at other issues, where what happened to these is told late, or by somebody else just now.

A rule for "the last of all siblings is done" decides on each as of its instant. Of two that are done at once,
each may be written by a transaction that does not see the other's yet; and a webhook may come after one of
something later. So such decisions are taken one transaction after the other, and whoever brings what happened
looks again at what was decided about later instants: it is what a replay says, too.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping

from app import log
from app.domain.effects import payload_of
from app.domain.jql.memory import Facts
from app.domain.rules import event as events
from app.domain.rules.carrying import Wanted
from app.domain.rules.decide import Decision
from app.domain.rules.event import Event, Happened
from app.domain.rules.triggers import Active, Index
from app.domain.scrum.issue_columns import account_of
from app.services.ruling import judge
from app.store import jql_facts, rule_decisions, rules
from app.store.sites import Site
from jobs.context import Context

_log = log.get(__name__)
_MOST = 500
"""Decisions that are looked at again because of one delivery or page: those that are next to it in time."""
_HAPPENED = frozenset({Happened.CREATED, Happened.CHANGED})


@dataclass(frozen=True, slots=True)
class Looked:
    """A decision that is another one by now.

    Attributes:
        id: of the one that was taken.
        effects: that were wanted then, as they are stored.
        decision: the present one, with what is wanted besides.
    """

    id: int
    effects: Sequence[Mapping[str, Any]]
    decision: Decision


def again(
    context: Context, connection: Connection, site: Site, index: Index, told: Sequence[Event]
) -> list[Looked]:
    """What is decided otherwise, now that these events are there; nobody else decides meanwhile.

    Costs nothing where no rule that looks at other issues waits for any of them, and next to nothing where
    those that do have decided on them already, as each sync tells again what a webhook told.
    """
    since = _since(connection, index, told)
    if since is None:
        return []
    rules.take_turns(connection, site.id)
    known = {(one.id, one.version, one.shadow): one for one in index.looking_around}
    rows = rule_decisions.later_than(connection, {one.id for one in known.values()}, since, limit=_MOST)
    if len(rows) == _MOST:
        _log.warning("rules.not_all_looked_at_again", site=site.name, most=_MOST)
    new = {(each.issue_id, each.key) for each in told}
    taken = {
        (row["rule_id"], row["shadow"], row["issue_id"], row["event_key"]): row
        for row in rows
        if (row["rule_id"], row["version"], row["shadow"]) in known
        and (row["issue_id"], row["event_key"]) not in new
    }
    return _changed(context, connection, site, list(known.values()), taken)


def _since(connection: Connection, index: Index, told: Sequence[Event]) -> datetime | None:
    """The instant of the first event that is news to a rule that looks at other issues; None without one."""
    around = {id(one) for one in index.looking_around}
    waiting = [
        (each, one)
        for each in (told if around else ())
        if each.happened in _HAPPENED
        for one in index.candidates(each)
        if id(one) in around
    ]
    if not waiting:
        return None
    taken = rule_decisions.known(
        connection, {each.issue_id for each, _ in waiting}, {each.key for each, _ in waiting}
    )
    return min(
        (each.at for each, one in waiting if (one.id, one.shadow, each.issue_id, each.key) not in taken),
        default=None,
    )


def _changed(
    context: Context,
    connection: Connection,
    site: Site,
    around: Sequence[Active],
    taken: Mapping[rule_decisions.Key, RowMapping],
) -> list[Looked]:
    if not taken:
        return []
    facts = jql_facts.facts_of(connection, site, {issue_id for *_, issue_id, _ in taken})
    found = {
        (row["issue_id"], row["event_key"]): event
        for row in taken.values()
        if (event := _event(row, facts.get(row["issue_id"]))) is not None
    }
    # Rules that were not there, or looked at nothing, when it was decided are not asked now.
    settled = {
        (one.id, one.shadow, issue_id, key) for one in around for issue_id, key in found
    } - taken.keys()
    decided = judge(
        connection, site, Index(around), list(found.values()), taken=settled, is_live=True, book=context.rules
    )
    looked = []
    for each in decided:
        row = taken[each.rule.id, each.rule.shadow, each.event.issue_id, each.event.key]
        news = _news(row, each)
        if news is not None:
            looked.append(Looked(row["id"], row["effects"], news))
    return looked


def _event(row: RowMapping, issue: Facts | None) -> Event | None:
    """What was decided on, from the history of its issue; not where the rule went on with it later."""
    if issue is None or row["event_key"] != events.first_key(row["event_key"]):
        return None
    if row["happened"] == Happened.CREATED.value:
        return events.created(
            issue.id, row["issue_key"], issue.created, account_of(issue.fields.get("creator"))
        )
    changes = [one for one in issue.changes if f"change:{one.history_id}" == row["event_key"]]
    found = events.changed(issue.id, row["issue_key"], changes)
    return found[0] if found else None


def _news(row: RowMapping, decision: Decision) -> Decision | None:
    """The decision with what is wanted besides; None where that cannot be added to what was done."""
    before = list(row["effects"])
    wanted = [_stored(one) for one in decision.wanted]
    if wanted[: len(before)] != before:
        return None
    more = decision.wanted[len(before) :]
    waited = any(step["step"] == "wait" for step in row["steps"])
    waits_for = None if waited else decision.waits_for
    if not more and waits_for is None:
        return None
    return replace(decision, wanted=more, waits_for=waits_for)


def _stored(wanted: Wanted) -> dict[str, Any]:
    one = {"key": wanted.key, "kind": wanted.effect.kind, "payload": payload_of(wanted.effect)}
    return dict(json.loads(json.dumps(one)))
