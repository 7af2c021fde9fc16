"""Deliveries become rows, many at once. Every event has a home: applied, ignored, or kept as unknown."""

import logging
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import takewhile
from operator import itemgetter

from sqlalchemy import Connection

from app import log
from app.domain.rules.triggers import Index
from app.services.runs import subject_of
from app.store import arrivals, inbox, runs, sites
from app.store.arrivals import Arrival, Arrived
from app.store.claim import Claimed, hand_back, settle
from app.store.inbox import Received
from app.store.store_faults import describe, is_store_fault
from app.store.types import storable
from connectors.jira.webhook import WebhookEvent, read_event
from jobs import rules, sprint_entries
from jobs.context import Context
from jobs.folding import Prepared, dead, prepare
from jobs.issue_events import ISSUE_EVENTS, Gathered
from jobs.lease import ClaimLostError
from jobs.row_events import ROW_EVENTS
from jobs.rule_events import BY_QUERY, THINGS, happened, of_itself, of_no_issue, of_thing
from jobs.told import Outcome, Told

HANDLED: Mapping[str, object] = {**ISSUE_EVENTS, **ROW_EVENTS}
"""What Jira is asked to tell us."""

_Content = WebhookEvent | Exception

_log = log.get(__name__)
_lines = logging.getLogger(__name__)
_AFTER_A_FAULT = timedelta(seconds=2)


async def take_in(context: Context, *, worker: str, lease: timedelta, limit: int) -> list[Claimed]:
    """File what the door stored, and claim it, with what it says: it need not be read again."""

    def file(connection: Connection, read: _Arrivals) -> list[Claimed]:
        arrived, received = read
        if not arrived:
            return []
        now = context.store_now(connection)
        return inbox.take_in(connection, arrived, received, worker=worker, now=now, lease=lease)

    def read_and_file(connection: Connection) -> list[Claimed]:
        return file(connection, _read_arrivals(connection, limit)) if inbox.may_file(connection) else []

    if not context.database.has_one_writer:
        return await context.database.call_write(read_and_file)
    # Reading goes on beside whoever writes, and nobody else can file meanwhile.
    give_way = context.database.writer_first.give_way
    read = await context.database.call_read(partial(_read_arrivals, limit=limit, give_way=give_way))
    return await context.database.call_along(partial(file, read=read)) if read[0] else []


_Arrivals = tuple[Sequence[Arrival], Sequence[Received]]


def _read_arrivals(
    connection: Connection, limit: int, give_way: Callable[[], None] = lambda: None
) -> _Arrivals:
    arrived = arrivals.unfiled(connection, limit)
    received = []
    for arrival in arrived:
        for one in arrival.deliveries:
            give_way()
            received.append(_received(one))
    return arrived, received


def _received(arrived: Arrived) -> Received:
    content = _read_one(arrived.body)
    name, subject = (content.name, content.subject) if isinstance(content, WebhookEvent) else (None, "site")
    return Received(
        site_id=arrived.site_id,
        identity=arrived.identity,
        event=storable(name)[:64] if name else None,
        subject=storable(subject)[:255],
        retry=arrived.retry,
        received_at=arrived.received_at,
        body=arrived.body,
        content=content,
    )


async def apply_batch(context: Context, claimed: Sequence[Claimed]) -> None:
    """Fold deliveries in and settle them, in one transaction unless that is refused or too much for one.

    One that cannot be applied goes to the dead letters with its reason; its neighbours and later deliveries
    of the same issue go on.

    Raises:
        ClaimLostError: one was taken over by somebody else; nothing was written in the same transaction.
    """
    parts = [claimed]
    try:
        while parts:
            part = parts.pop()
            parts += reversed(await _apply(context, part))
    except Exception:
        # Nothing of the rest happened: let it be claimed again soon, rather than when the lease ends.
        await context.database.call_write(partial(_hand_back_all, context=context, claimed=claimed))
        raise


async def _apply(context: Context, claimed: Sequence[Claimed]) -> list[Sequence[Claimed]]:
    """As many as can be written together; what is to be done then, in order.

    Not behind a savepoint: for it, SQLite copies every page before it changes it, and hardly ever needs that.
    Where something is refused, the transaction is undone, and the halves go on by themselves: whoever else
    wants to write to SQLite would wait for seconds until hundreds were written one by one.
    """
    try:
        # Before the transaction: whoever else wants to write to SQLite waits for its end.
        plan = await context.database.call_read(partial(_plan, context=context, claimed=claimed))
        done, rest = claimed[: plan.number], claimed[plan.number :]
        write = partial(_write_all, context=context, claimed=done, plan=plan)
        outcomes, owed = await context.database.call_write(write)
    except _RefusedError as error:
        if half := len(claimed) // 2:
            _log.warning("deliveries.halved", rows=len(claimed), reason=str(error))
            return [claimed[:half], claimed[half:]]
        done, rest, owed, outcomes = claimed, [], 0, [dead(claimed[0].id, error.why)]
        await context.database.call_write(partial(_settle, context=context, claimed=done, outcomes=outcomes))
    if owed:
        context.wake()
    _tell(context, done, outcomes)
    return [rest] if rest else []


def _hand_back_all(connection: Connection, context: Context, claimed: Sequence[Claimed]) -> None:
    hand_back(connection, *claimed, due_at=context.store_now(connection) + _AFTER_A_FAULT)


def _tell(context: Context, claimed: Sequence[Claimed], outcomes: Sequence[Outcome]) -> None:
    """A line for the batch, and one for each that was not applied; for all where details are asked for."""
    detailed = _lines.isEnabledFor(logging.DEBUG)
    for work, outcome in zip(claimed, outcomes, strict=True):
        context.metrics.delivery_settled(work.row["event"], outcome.state)
        if detailed or outcome.reason is not None:
            _log.info(
                "delivery.settled",
                delivery=work.id,
                webhook=work.row["event"],
                subject=work.row["subject"],
                state=outcome.state,
                reason=outcome.reason,
            )
    counts = Counter(outcome.state for outcome in outcomes)
    _log.info("deliveries.settled", first=claimed[0].id, last=claimed[-1].id, **counts)


def _read(connection: Connection, claimed: Sequence[Claimed]) -> list[_Content]:
    """What each delivery says, or why that cannot be read; only of the first where bodies are large."""
    unread = [work.id for work in claimed if work.content is None]
    bodies = arrivals.bodies_of(connection, unread)
    within = takewhile(lambda work: work.content is not None or work.id in bodies, claimed)
    return [work.content or _read_one(bodies[work.id]) for work in within]


def _read_one(body: bytes) -> _Content:
    try:
        return read_event(body)
    except Exception as error:  # noqa: BLE001 - whatever is wrong with a body, it must not stop the others
        return error


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is to be written for deliveries, by their ids.

    Attributes:
        number: of the deliveries that it is about, the first ones.
        outcomes: of those of which nothing is written.
        told: the others.
        prepared: what these write.
    """

    number: int
    outcomes: Mapping[int, Outcome]
    told: Mapping[int, Told]
    prepared: Prepared


class _RefusedError(Exception):
    """Something of deliveries cannot be worked out or written; the message is without issue content."""

    def __init__(self, why: Exception) -> None:
        super().__init__(describe(why))
        self.why = why


@contextmanager
def _refused() -> Iterator[None]:
    """Faults that are not the store's are those of a delivery, until it is known of which one."""
    try:
        yield
    except Exception as error:
        if is_store_fault(error):
            raise
        raise _RefusedError(error) from error


@_refused()
def _plan(connection: Connection, context: Context, claimed: Sequence[Claimed]) -> _Plan:
    outcomes: dict[int, Outcome] = {}
    told: dict[int, Told] = {}
    known: dict[int, sites.Site] = {}
    read = _read(connection, claimed)
    for work, event in zip(claimed, read, strict=False):
        site_id, jira_site = work.row["site_id"], context.sites.get(work.row["site_id"])
        if jira_site is None:
            outcomes[work.id] = Outcome(inbox.DEAD, "Its site is no longer in the settings.")
        elif isinstance(event, Exception):
            outcomes[work.id] = dead(work.id, event)
        else:
            if site_id not in known:
                known[site_id] = sites.site_by_id(connection, site_id)
            told[work.id] = Told(
                work.id, event, known[site_id], jira_site, event.at or work.row["received_at"]
            )
    give_way = context.database.writer_first.give_way
    return _Plan(len(read), outcomes, told, prepare(connection, list(told.values()), give_way))


# --- one transaction ------------------------------------------------------------------------------


def _write_all(
    connection: Connection, context: Context, claimed: Sequence[Claimed], plan: _Plan
) -> tuple[list[Outcome], int]:
    """What became of each, and how many effects rules made us owe."""
    with _refused():
        written = plan.prepared.write(connection)
        owed = _react(connection, context, plan.prepared)
    outcomes = {**plan.outcomes, **dict(zip(plan.told, written, strict=True))}
    in_order = [outcomes[work.id] for work in claimed]
    _settle(connection, context, claimed, in_order)
    return in_order, owed


def _react(connection: Connection, context: Context, prepared: Prepared) -> int:
    """Show the rules what happened; what is wrong with a rule is in its decision and stops nobody."""
    heard: defaultdict[int, list[rules.Because]] = defaultdict(list)
    asked: dict[int, tuple[sites.Site, Index]] = {}
    requested = 0
    for site, what in prepared.heard():
        if site.id not in asked:
            asked[site.id] = site, context.rules.of(connection, site.id)
        index = asked[site.id][1]
        if isinstance(what, Gathered):
            sprint_entries.of_deliveries(connection, context, site, (one for _, one in what.heard))
        if isinstance(what, Told) and what.name in BY_QUERY:
            requested += _request(connection, what, index, now=context.now())
        else:
            heard[site.id] += _because(connection, what, index)
    return requested + sum(
        rules.react(context, connection, site, heard[site_id], index)
        for site_id, (site, index) in sorted(asked.items(), key=itemgetter(0))
    )


def _because(connection: Connection, what: Gathered | Told, index: Index) -> Iterator[rules.Because]:
    """The events of which rules may want to know; none are made where no rule waits for them."""
    if isinstance(what, Told):
        if index.waits_for(THINGS[what.name]):
            yield from rules.because(of_thing(connection, what), f"delivery:{what.delivery}")
        if index.waits_for(THINGS[what.name], once=True):
            yield from rules.because([of_itself(connection, what)], f"delivery:{what.delivery}")
    elif index:
        for delivery, decision in what.heard:
            yield from rules.because(happened(decision), f"delivery:{delivery}")


def _request(connection: Connection, told: Told, index: Index, *, now: datetime) -> int:
    """A run for each rule that waits for it, whose query is asked outside of this transaction; how many."""
    happened, thing = of_no_issue(told)
    waiting = [rule for each in happened for rule in index.waiting(each)]
    for rule in waiting:
        runs.request(
            connection,
            told.site.id,
            runs.RULE,
            {"rule": rule.id, "shadow": rule.shadow, "thing": dict(thing)},
            at=told.at,
            now=now,
            requested_by=f"delivery {told.delivery}",
            subject=subject_of(runs.RULE, told.site.id),
        )
    return len(waiting)


def _settle(
    connection: Connection, context: Context, claimed: Sequence[Claimed], outcomes: Sequence[Outcome]
) -> None:
    """End all rows, those with the same outcome at once; all must still be ours."""
    alike: defaultdict[Outcome, list[Claimed]] = defaultdict(list)
    for work, outcome in zip(claimed, outcomes, strict=True):
        alike[outcome].append(work)
    now = context.now()
    for outcome, works in alike.items():
        if not settle(connection, *works, state=outcome.state, now=now, reason=outcome.reason):
            raise ClaimLostError
