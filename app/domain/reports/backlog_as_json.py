"""The report on a backlog for machines: every figure, every finding, and what each proposes."""

from collections.abc import Mapping
from dataclasses import MISSING, asdict, fields
from datetime import datetime
from decimal import Decimal
from typing import Any

from app.domain.effects import payload_of
from app.domain.grooming.groups import Group
from app.domain.grooming.health import BacklogHealth, Changes, Figures, next_up
from app.domain.grooming.item import Item
from app.domain.grooming.ladder import Planned
from app.domain.grooming.policy_trigger import WITH_ITS_BOARD
from app.domain.grooming.readiness import Readiness
from app.domain.grooming.review import Judged
from app.domain.reports.json_values import Json, instant, optional_instant, plain_number
from app.domain.scrum.units import in_unit

MOST_READY = 100


def to_json(health: BacklogHealth) -> Json:
    """All of it."""
    review = health.review
    return {
        **summary_as_json(health),
        "findings": [_finding(one) for one in review.judged],
        "exempted": dict(review.exempted),
    }


def summary_as_json(health: BacklogHealth) -> Json:
    """What is kept with a run: findings stand in a table of their own."""
    review, backlog = health.review, health.backlog
    return {
        "board": {"id": backlog.board.id, "name": backlog.board.name, "unit": health.unit},
        "at": instant(backlog.now),
        "scope": health.scope,
        "condition": health.condition.value,
        "velocity": plain_number(health.velocity),
        "figures": figures_as_json(health.figures),
        "counts": dict(review.counts),
        "changes": None if health.changes is None else _changes(health.changes),
        "next": [_readiness(one) for one in next_up(review, MOST_READY)],
        "by_epic": [_group(group) for group in health.by_epic],
        "by_owner": [_group(group) for group in health.by_owner],
        "policies": [plan_as_json(one) for one in health.policies],
        "refused_commands": [
            {
                "key": item.key,
                "command": command.word,
                "by": None if command.limited else command.by,
                "at": instant(command.at),
            }
            for item, command in health.refused
        ],
        "unread_commands": [
            {
                "key": item.key,
                "line": None if one.limited else one.line,
                "by": None if one.limited else one.by,
                "at": instant(one.at),
                "way_out": one.way_out,
            }
            for item, one in health.unread
        ],
        "restricted_issues": backlog.restricted,
        "incomplete": health.incomplete,
        "missing": list(health.missing),
    }


def figures_as_json(figures: Figures) -> Json:
    """By name, numbers as JSON has them."""
    return {
        name: plain_number(value) if isinstance(value, Decimal) else value
        for name, value in asdict(figures).items()
    }


_SUMS = {"points", "ready_points"}
_DECIMALS = _SUMS | {"ready_sprints"}


def read_figures(document: Mapping[str, Any], estimation_field: str | None) -> Figures | None:
    """From a stored report; None where it is not one that can be compared with.

    Reports once counted boards that estimate in time in Jira's seconds, and named no unit: these are turned
    into hours.
    """
    told = document.get("figures")
    names = {each.name for each in fields(Figures)}
    needed = {each.name for each in fields(Figures) if each.default is MISSING}
    if not isinstance(told, Mapping) or not needed <= set(told):
        return None
    values: dict[str, Any] = {
        name: Decimal(str(value)) if name in _DECIMALS and value is not None else value
        for name, value in told.items()
        if name in names
    }
    if "unit" not in (document.get("board") or {}):
        values |= {name: in_unit(values[name], estimation_field) for name in _SUMS}
    return Figures(**values)


def read_counts(document: Mapping[str, Any]) -> dict[str, int]:
    """Findings by check, of a stored report."""
    return {str(name): int(count) for name, count in (document.get("counts") or {}).items()}


def read_instant(document: Mapping[str, Any]) -> datetime:
    """What a stored report speaks about."""
    return datetime.fromisoformat(document["at"])


def plan_as_json(planned: Planned) -> Json:
    """What a policy does, or in shadow would do."""
    policy, found = planned.policy, planned.plan
    return {
        "policy": policy.name,
        "version": policy.version,
        "mode": policy.document.mode,
        "run": WITH_ITS_BOARD if policy.trigger is None else policy.trigger.words,
        "steps": [
            {
                "key": take.item.key,
                "step": take.step.step,
                "number": take.number + 1,
                "reasons": [one.finding.reason for one in take.judged],
            }
            for take in found.takes
        ],
        "back": [{"key": back.progress.key, "why": back.why.value} for back in found.backs],
        "not_heeded": [{"key": one.key, "command": one.word, "by": one.by} for one in found.not_heeded],
        "on_the_ladder": len(found.progress),
        "waiting": found.waiting,
    }


def _changes(changes: Changes) -> Json:
    return {
        "since": instant(changes.since),
        "new": [{"check": one.check, "key": one.key} for one in changes.new],
        "mended": [{"check": one.check, "key": one.key} for one in changes.mended],
        "closed": [{"check": one.check, "key": one.key} for one in changes.closed],
    }


def _finding(one: Judged) -> Json:
    finding, proposal = one.finding, one.finding.proposal
    return {
        "check": one.check.name,
        "title": one.check.title,
        "weight": int(one.weight),
        **_issue(finding.item),
        "reason": finding.reason,
        "todo": finding.todo,
        "since": optional_instant(finding.since),
        "proposal": None
        if proposal is None
        else {
            "words": proposal.words,
            "effects": [{"kind": one.kind, "payload": payload_of(one)} for one in proposal.effects],
        },
    }


def _issue(item: Item) -> Json:
    return {"key": item.key, "id": item.id, "summary": item.summary, "assignee": item.assignee}


def _readiness(one: Readiness) -> Json:
    return {
        "key": one.item.key,
        "summary": one.item.summary,
        "score": one.score,
        "ready": one.ready,
        "declared": one.declared,
        "missing": [{"tier": each.tier.value, "criterion": each.name} for each in one.missing],
    }


def _group(group: Group) -> Json:
    return {
        "name": group.name,
        "key": group.key,
        "issues": group.issues,
        "found": group.found,
        "weight": group.weight,
        "mostly": [{"check": title, "count": count} for title, count in group.most],
    }
