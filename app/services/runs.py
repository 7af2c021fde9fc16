"""Ask for a run, and see what became of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, RowMapping

from app.domain.reports.kinds import Kind
from app.domain.reports.target import Target
from app.domain.rules.once_parts import is_once
from app.domain.rules.reading import read
from app.errors import NotFound, NotPossible, NotUnderstood
from app.services import queues
from app.services.board_habits import Team
from app.services.queues import RUNS, Seen
from app.services.sprint_boards import check_asked
from app.store import boards, outbox, related, reports, rules, runs, sites

WantedKind = Literal[
    "sprint_health",
    "sprint_start",
    "sprint_middle",
    "sprint_end",
    "velocity",
    "flow",
    "backlog_grooming",
    "sync",
    "reconcile",
    "delivery",
]
"""What can be asked for over HTTP."""
RunKind = Literal[WantedKind, "grooming_policy", "housekeeping", "rule"]
"""What can be listed, over HTTP and on the command line."""
RunState = Literal["waiting", "claimed", "done", "failed", "cancelled"]
"""Likewise by how far they are."""
SPRINT_HEALTH, SYNC, HOUSEKEEPING, RECONCILE = "sprint_health", "sync", "housekeeping", "reconcile"
BACKLOG_GROOMING, VELOCITY, FLOW, DELIVERY = "backlog_grooming", "velocity", "flow", "delivery"
OF_SPRINT = {
    SPRINT_HEALTH: Kind.DAILY,
    "sprint_start": Kind.START,
    "sprint_middle": Kind.MIDDLE,
    "sprint_end": Kind.END,
}
"""By kind of run, which report of a sprint it makes."""
_USUAL = Team()
OF_KIND = {report: run for run, report in OF_SPRINT.items()}


def subject_of(kind: str, site_id: int) -> str:
    """What runs of a kind wait for: others of the site, unless they have a subject of their own.

    Housekeeping and rules ask nothing of Jira. A reconcile of a large site takes long, and what a sync reads
    meanwhile only saves it work.
    """
    return f"{kind}:{site_id}" if kind in {HOUSEKEEPING, RECONCILE, runs.RULE} else ""


def request_sprint_health(
    connection: Connection,
    *,
    site_name: str,
    board_id: int,
    sprint_id: int | None,
    target: Target | None,
    at: datetime | None,
    now: datetime,
    requested_by: str,
    kind: str = SPRINT_HEALTH,
    team: Team = _USUAL,
) -> int:
    """Ask for a report of a sprint, of velocity or flow (no `sprint_id` is looked at); returns the run's id.

    Before the first sync nothing need be in the store yet: the run reads Jira first. Without a target, it
    computes only. `team` says which issues are on the board.

    Raises:
        NotFound: no such site, board or sprint.
        NotUnderstood: `at` lies ahead.
        NotOfBoard: the sprint is one of other boards.
    """
    _not_ahead(at, now)
    site = _site_with(connection, site_name, board_id, sprint_id)
    if sprint_id is not None and kind in OF_SPRINT and site.synced_at is not None:
        check_asked(connection, site, board_id, sprint_id, team, at=at or now, field="/body/sprint")
    parameters: dict[str, Any] = {"board": board_id, "sprint": sprint_id}
    parameters |= {"post_to": None} if target is None else target.wish()
    return runs.request(
        connection,
        site.id,
        kind,
        parameters,
        at=at or now,
        now=now,
        requested_by=requested_by,
    )


def _site_with(
    connection: Connection, site_name: str, board_id: int, sprint_id: int | None = None
) -> sites.Site:
    """A site that has the board and the sprint; whatever they are, if it was never synced.

    Raises:
        NotFound: no such site, board or sprint.
    """
    site = sites.get_site(connection, site_name)
    if site.synced_at is not None:
        boards.get_board(connection, site, board_id)
        if sprint_id is not None:
            boards.get_sprint(connection, site, sprint_id)
    return site


def request_backlog_grooming(
    connection: Connection,
    *,
    site_name: str,
    board_id: int,
    post_to: str | None,
    wish: Mapping[str, Any],
    now: datetime,
    requested_by: str,
) -> int:
    """Ask for the grooming of a board's backlog; returns the run's id.

    Raises:
        NotFound: no such site or board.
    """
    site = _site_with(connection, site_name, board_id)
    return runs.request(
        connection,
        site.id,
        BACKLOG_GROOMING,
        {"board": board_id, "post_to": post_to, **wish},
        at=now,
        now=now,
        requested_by=requested_by,
    )


def refuse_instant(at: datetime | None) -> None:
    """Of a backlog, which is looked at as it is.

    Raises:
        NotUnderstood: an instant was given.
    """
    if at is not None:
        message = "A backlog is looked at as it is now, not as it was at an instant: leave `at` out."
        raise NotUnderstood(message, field="/body/at")


def request_delivery(
    connection: Connection,
    *,
    site_name: str,
    board_id: int,
    wish: Mapping[str, Any],
    at: datetime | None,
    now: datetime,
    requested_by: str,
) -> int:
    """Ask for the report on what a board's project delivers when; returns the run's id.

    Raises:
        NotFound: no such site or board.
        NotUnderstood: `at` lies ahead.
    """
    _not_ahead(at, now)
    site = _site_with(connection, site_name, board_id)
    parameters = {"board": board_id, **wish}
    return runs.request(
        connection, site.id, DELIVERY, parameters, at=at or now, now=now, requested_by=requested_by
    )


def _not_ahead(at: datetime | None, now: datetime) -> None:
    if at is not None and at > now:
        raise NotUnderstood(f"{at.isoformat()} lies ahead; ask about now or an instant before.", field="/at")


def request_sync(connection: Connection, *, site_name: str, now: datetime, requested_by: str) -> int:
    """Ask for a sync; returns the run's id.

    Raises:
        NotFound: no such site.
    """
    return _request(connection, SYNC, site_name, now=now, requested_by=requested_by)


def request_reconcile(connection: Connection, *, site_name: str, now: datetime, requested_by: str) -> int:
    """Ask for a comparison of the store with Jira; returns the run's id.

    Raises:
        NotFound: no such site.
    """
    return _request(connection, RECONCILE, site_name, now=now, requested_by=requested_by)


def request_rule(
    connection: Connection, rule_id: int, *, issues: Sequence[str], now: datetime, requested_by: str
) -> int:
    """Have a rule fire for issues, live or in shadow as it is; returns the run's id.

    A rule that is decided once, without an issue, takes none.

    Raises:
        NotFound: no such rule, or an issue is not in the store.
        NotPossible: it is off; or it needs issues and none is named, or the other way round.
    """
    rule = rules.get(connection, rule_id)
    if rule.mode == "off":
        raise NotPossible(f"Rule {rule_id} is off. Put it in shadow to see what it would do, or live.")
    _check_issues(connection, rule, issues)
    site = sites.site_by_id(connection, rule.site_id)
    known = related.ids_of(connection, site, set(issues))
    if missing := [key for key in issues if key not in known]:
        raise NotFound("issue", missing[0], "It is not in the store.")
    parameters = {"rule": rule_id, "shadow": rule.live_version is None, "issues": list(issues)}
    return runs.request(
        connection,
        rule.site_id,
        runs.RULE,
        parameters,
        at=now,
        now=now,
        requested_by=requested_by,
        subject=subject_of(runs.RULE, rule.site_id),
    )


def _check_issues(connection: Connection, rule: rules.StoredRule, issues: Sequence[str]) -> None:
    number = rule.live_version if rule.live_version is not None else rule.shadow_version
    assert number is not None
    once = is_once(read(rules.version(connection, rule.id, number)["document"]).trigger)
    if once and issues:
        raise NotPossible(f"Rule {rule.id} is decided once, without an issue: name none.")
    if not once and not issues:
        raise NotPossible(f"Rule {rule.id} is decided for issues: name those that it is to fire for.")


OF_WHOLE_SITE = {SYNC: request_sync, RECONCILE: request_reconcile}
"""By kind, how a run is asked for that has nothing else to say."""


def _request(connection: Connection, kind: str, site_name: str, *, now: datetime, requested_by: str) -> int:
    site = sites.get_site(connection, site_name)
    subject = subject_of(kind, site.id)
    return runs.request(
        connection, site.id, kind, {}, at=now, now=now, requested_by=requested_by, subject=subject
    )


@dataclass(frozen=True, slots=True)
class Shown:
    """A run with what it made: the id of its report, and the effects that it made us owe."""

    run: RowMapping
    next: str
    report: int | None
    effects: list[RowMapping]


def show(connection: Connection, run_id: int, *, now: datetime) -> Shown:
    """A run and what became of it.

    Raises:
        NotFound: no such run.
    """
    seen = queues.look(connection, RUNS.table, run_id, now=now)
    return Shown(seen.row, seen.next, reports.of_run(connection, run_id), outbox.of_run(connection, run_id))


def cancel(connection: Connection, run_id: int, *, now: datetime) -> Seen:
    """Call a run off. One that is under way is broken off by its worker when that renews its lease next.

    Raises:
        NotFound: no such run.
        NotPossible: it has ended.
    """
    under_way = queues.look(connection, RUNS.table, run_id, now=now).row["state"] == "claimed"
    said = "Cancelled by an admin"
    if under_way:
        said += " while it was under way; its worker stops within a fifth of `lease_seconds`"
    return queues.end(connection, RUNS, run_id, now=now, reason=f"{said}.")
