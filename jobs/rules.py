"""Rules at work: what happened is shown to them, and what they want goes into the outbox.

In the transaction that wrote what happened: events, decisions and effects are there together or not at all.
An event may be told twice, and be found once more by a sync: a rule decides on it once.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

import msgspec
from sqlalchemy import Connection

from app import log
from app.domain.effects import payload_of, stored_payload_of
from app.domain.rules.decide import Decision, Outcome
from app.domain.rules.event import SWEPT_AWAY, Event
from app.domain.rules.triggers import Index
from app.services import answers
from app.services.ruling import judge
from app.store import issues, outbox, rule_decisions, rules, runs
from app.store.afterwards import after_commit
from app.store.outbox import Owed, in_line_of
from app.store.rule_decisions import Spent
from app.store.rules import StoredRule
from app.store.sites import Site
from jobs import second_look
from jobs.context import Context
from jobs.second_look import Looked

_log = log.get(__name__)


@dataclass(frozen=True, slots=True)
class Because:
    """An event with what brought it, as logs name it: "delivery:7", "run:3"."""

    event: Event
    correlation: str


def react(
    context: Context, connection: Connection, site: Site, told: Sequence[Because], index: Index | None = None
) -> int:
    """Have the rules of a site decide about events; returns how many effects they make us owe.

    Args:
        context: with the rules and the clock.
        connection: inside the transaction that wrote what happened.
        site: whose.
        told: what happened.
        index: the rules; those of the site where it is left out.
    """
    index = context.rules.of(connection, site.id) if index is None else index
    if not index:
        return 0
    told = _with_keys(connection, site, told)
    waited_for = _not_swept_away(connection, site, [each for each in told if index.candidates(each.event)])
    if not waited_for:
        return 0
    happened = {(each.event.issue_id, each.event.key): each for each in waited_for}
    looked = second_look.again(context, connection, site, index, [each.event for each in waited_for])
    taken = rule_decisions.known(
        connection, {issue_id for issue_id, _ in happened}, {key for _, key in happened}
    )
    found = judge(
        connection,
        site,
        index,
        [each.event for each in happened.values()],
        taken=taken,
        is_live=True,
        book=context.rules,
    )
    now = context.now()
    found = _within_limits(connection, [*(each.decision for each in looked), *found], now=now)
    decisions = [answers.sealed_decision(context.keyring, site.name, each) for each in found]
    _amend(connection, site, list(zip(looked, decisions, strict=False)), now=now)
    write_down(context, connection, site, decisions[len(looked) :])
    owed = [
        one
        for each in decisions
        if each.outcome is Outcome.ACTED and not each.rule.shadow
        for one in _owed(each, happened.get((each.event.issue_id, each.event.key), waited_for[0]).correlation)
    ]
    outbox.put_all(connection, site.id, owed, now=now)
    for each in decisions:
        if each.waits_for is not None:
            _go_on_later(connection, site, each, each.waits_for, now=now)
    return len(owed)


def write_down(context: Context, connection: Connection, site: Site, decisions: Sequence[Decision]) -> None:
    """Decisions for those who ask later; one that was taken already stays."""
    now = context.now()
    rule_decisions.save(connection, [_row(site, each, now) for each in decisions])
    after_commit(connection, partial(_count, context, decisions))


def _count(context: Context, decisions: Sequence[Decision]) -> None:
    for each in decisions:
        context.metrics.rule_decided(each.outcome.value, shadow=each.rule.shadow)


def _amend(
    connection: Connection, site: Site, looked: Sequence[tuple[Looked, Decision]], *, now: datetime
) -> None:
    """What was wanted before stays wanted."""
    for before, decision in looked:
        row = _row(site, decision, now)
        effects = [*before.effects, *row["effects"]]
        rule_decisions.amend(connection, before.id, {**row, "effects": effects, "effect_count": len(effects)})


def _with_keys(connection: Connection, site: Site, told: Sequence[Because]) -> list[Because]:
    """An event about a comment may name its issue by the id alone."""
    lacking = {each.event.issue_id for each in told if each.event.has_issue and not each.event.issue_key}
    keys = issues.keys_of(connection, site, lacking) if lacking else {}
    return [
        each
        if each.event.issue_key
        else replace(each, event=replace(each.event, issue_key=keys.get(each.event.issue_id, "")))
        for each in told
    ]


def _not_swept_away(connection: Connection, site: Site, told: Sequence[Because]) -> Sequence[Because]:
    """Without the comments and worklogs that Jira tells as deleted because their issue was."""
    ids = {each.event.issue_id for each in told if each.event.happened in SWEPT_AWAY}
    gone = issues.gone_among(connection, site, ids) if ids else {}
    return [
        each
        for each in told
        if each.event.happened not in SWEPT_AWAY
        or each.event.issue_id not in gone
        or gone[each.event.issue_id] > each.event.at
    ]


def _owed(decision: Decision, correlation: str) -> list[Owed]:
    """What a rule wants, for the outbox."""
    rule = decision.rule
    cause = f"rule {rule.rule.name!r}, version {rule.version}, on {decision.about}: {decision.event.key}"
    return [
        Owed(wanted.effect, wanted.key, cause, correlation, in_line_of(rule.id, decision.event.key))
        for wanted in decision.wanted
    ]


def _go_on_later(
    connection: Connection, site: Site, decision: Decision, event: Event, *, now: datetime
) -> None:
    """A run that is due when the rule has waited; in the store, so no restart loses it."""
    rule = decision.rule
    goes_on = {"version": rule.version, "event": msgspec.to_builtins(event)}
    runs.request(
        connection,
        site.id,
        runs.RULE,
        {"rule": rule.id, "shadow": rule.shadow, **goes_on},
        at=event.at,
        now=now,
        requested_by=f"rule {rule.rule.name!r}, which waits on {decision.about}",
        subject=f"wait:{rule.id}:{rule.shadow}:{event.issue_id}:{event.key}",
        due_at=max(event.at, now),
    )


def _row(site: Site, decision: Decision, now: datetime) -> dict[str, Any]:
    event = decision.event
    # What is held is owed from here when an admin lets it go; else the outbox knows how the rule goes on.
    payload = stored_payload_of if decision.outcome is Outcome.HELD else payload_of
    return {
        "site_id": site.id,
        "rule_id": decision.rule.id,
        "version": decision.rule.version,
        "shadow": decision.rule.shadow,
        "issue_id": event.issue_id,
        "issue_key": decision.issue_key,
        "event_key": event.key,
        "happened": event.happened.value,
        "at": event.at,
        "author": event.author,
        "decided_at": now,
        "outcome": decision.outcome.value,
        "reason": decision.reason,
        "steps": list(decision.steps),
        "effects": [
            {"key": one.key, "kind": one.effect.kind, "payload": payload(one.effect)}
            for one in decision.wanted
        ],
        "effect_count": len(decision.wanted),
    }


# --- limits ---------------------------------------------------------------------------------------


def _within_limits(connection: Connection, decisions: Sequence[Decision], *, now: datetime) -> list[Decision]:
    """The decisions; held from the one on by which a live rule wants more than it may, and is paused."""
    wanting = {
        each.rule.id
        for each in decisions
        if not each.rule.shadow and not each.rule.paused and each.outcome in {Outcome.ACTED, Outcome.HELD}
    }
    stored = rules.locked(connection, wanting) if wanting else {}
    issue_ids = {each.event.issue_id for each in decisions}
    spent = rule_decisions.spent(connection, wanting, issue_ids, now=now) if wanting else {}
    purses = {
        rule_id: _Purse(connection, rule, spent.get(rule_id, Spent()), now)
        for rule_id, rule in stored.items()
    }
    return [
        purses[each.rule.id].spend(each) if each.rule.id in purses and not each.rule.shadow else each
        for each in decisions
    ]


class _Purse:
    """What a rule may still do."""

    def __init__(self, connection: Connection, rule: StoredRule, spent: Spent, now: datetime) -> None:
        self._connection = connection
        self._rule = rule
        self._now = now
        self._hour, self._day = spent.last_hour, spent.last_day
        self._issues = dict(spent.by_issue)

    def spend(self, decision: Decision) -> Decision:
        """The decision, or the same one held."""
        if decision.outcome is Outcome.HELD:
            self._pause(decision.reason or "")
            return decision
        if decision.outcome is not Outcome.ACTED:
            return decision
        if self._rule.paused_reason is not None:
            return replace(decision, outcome=Outcome.HELD, reason="The rule is paused.")
        reason = self._beyond(decision)
        if reason is not None:
            self._pause(reason)
            return replace(decision, outcome=Outcome.HELD, reason=reason)
        number = len(decision.wanted)
        self._hour, self._day = self._hour + number, self._day + number
        issue_id = decision.event.issue_id
        self._issues[issue_id] = self._issues.get(issue_id, 0) + number
        return decision

    def _beyond(self, decision: Decision) -> str | None:
        limits, number, issue_id = decision.rule.rule.limits, len(decision.wanted), decision.event.issue_id
        spent = (
            ("per_issue_per_day", limits.per_issue_per_day, self._issues.get(issue_id, 0)),
            ("per_hour", limits.per_hour, self._hour),
            ("per_day", limits.per_day, self._day),
        )
        for name, most, before in spent if decision.event.has_issue else spent[1:]:
            if before + number > most:
                return f"{before + number} effects with {decision.about}; `limits.{name}` is {most}."
        return None

    def _pause(self, reason: str) -> None:
        if self._rule.paused_reason is not None:
            return
        _log.warning("rule.paused", rule=self._rule.id, name=self._rule.name, reason=reason)
        rules.change(self._connection, self._rule, now=self._now, paused_at=self._now, paused_reason=reason)
        self._rule = replace(self._rule, paused_at=self._now, paused_reason=reason)


# --- what happened --------------------------------------------------------------------------------


def because(found: Iterable[Event], correlation: str) -> list[Because]:
    """Events that one delivery or run brought."""
    return [Because(event, correlation) for event in found]
