"""What events write: decided first, written together. Every one has a home: applied, ignored, or unknown."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from app import log
from app.store import inbox, issues
from app.store.sites import Site
from app.store.store_faults import describe
from jobs import row_events
from jobs.ignored_events import IGNORED
from jobs.issue_events import ISSUE_EVENTS, Gathered, decide
from jobs.row_events import ROW_EVENTS
from jobs.rule_events import BY_QUERY, THINGS
from jobs.told import APPLIED, Outcome, Told, ignored

_log = log.get(__name__)
_FOR_RULES = THINGS.keys() | BY_QUERY.keys()


def dead(delivery: int, error: Exception) -> Outcome:
    """It must not stop the others. A database's own error may quote issue content, so it is not shown."""
    _log.error("delivery.dead", delivery=delivery, reason=describe(error), exc_info=_traceback(error))
    return Outcome(inbox.DEAD, describe(error))


def _traceback(error: Exception) -> Exception | None:
    return None if isinstance(error, DBAPIError) else error


class Prepared:
    """Events that were decided on, and what they write; `write` says what became of each."""

    def __init__(self, told: Sequence[Told]) -> None:
        self._told = told
        self._outcomes: dict[int, Outcome] = {}
        self._of_rows: list[int] = []
        self._gathered: list[tuple[Site, Gathered]] = []
        self._things: list[Told] = []

    def decide(self, connection: Connection, give_way: Callable[[], None]) -> None:
        """Find out what is to be written; writes nothing."""
        of_issues: defaultdict[int, list[int]] = defaultdict(list)
        for place, one in enumerate(self._told):
            if one.name in ISSUE_EVENTS:
                of_issues[one.site.id].append(place)
            elif one.name in ROW_EVENTS:
                self._of_rows.append(place)
            else:
                self._outcomes[place] = _without_effect(one)
        for _, places in sorted(of_issues.items()):
            told = [self._told[place] for place in places]
            gathered, outcomes = _decide_on_issues(connection, told, give_way)
            self._gathered.append((told[0].site, gathered))
            self._outcomes |= zip(places, outcomes, strict=True)

    def write(self, connection: Connection) -> list[Outcome]:
        """Write all of it, into a transaction; into another one, if that was undone."""
        outcomes = dict(self._outcomes)
        self._things = []
        # Two workers take rows in the same order, so that they never wait for each other in a ring.
        for place in sorted(self._of_rows, key=self._subject):
            outcomes[place] = row_events.apply(connection, self._told[place])
            name = self._told[place].name
            if name in _FOR_RULES and (outcomes[place] == APPLIED or name == "board_created"):
                self._things.append(self._told[place])  # a new board is read by the next sync
        for site, gathered in self._gathered:
            gathered.write(connection, site)
        return [outcomes[place] for place in range(len(self._told))]

    def heard(self) -> Iterator[tuple[Site, Gathered | Told]]:
        """What was told, by site: of issues together, of other things that rules may wait for one by one."""
        yield from self._gathered
        for told in self._things:
            yield told.site, told

    def _subject(self, place: int) -> tuple[int, str]:
        return self._told[place].site.id, self._told[place].event.subject


def prepare(
    connection: Connection, told: Sequence[Told], give_way: Callable[[], None] = lambda: None
) -> Prepared:
    """Decide on events, in their order, without writing anything; `give_way` is called before each."""
    prepared = Prepared(told)
    prepared.decide(connection, give_way)
    return prepared


def apply(connection: Connection, told: Sequence[Told]) -> list[Outcome]:
    """Fold events in, in their order; doing it again, or in another order, ends in the same rows.

    How they are cut into batches makes no difference either: together they end as one after the other.

    Returns:
        For each what became of it; one that lacks what it needs is dead, and writes nothing.
    """
    return prepare(connection, told).write(connection)


def _without_effect(told: Told) -> Outcome:
    if told.name in IGNORED:
        return ignored(IGNORED[told.name])
    return Outcome(inbox.UNKNOWN, f"Burnish does not know the event {told.event.name!r}; it is kept.")


def _decide_on_issues(
    connection: Connection, told: Sequence[Told], give_way: Callable[[], None]
) -> tuple[Gathered, list[Outcome]]:
    """Events of one site."""
    site = told[0].site
    gathered = Gathered()
    known = _Known(connection, site, told, gathered)
    outcomes = []
    for one in told:
        give_way()
        try:
            decision = decide(one, known)
        except DBAPIError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever is wrong with an event, it must not stop the others
            outcomes.append(dead(one.delivery, error))
            continue
        gathered.add(decision, one.delivery)
        outcomes.append(decision.outcome)
    return gathered, outcomes


class _Known:
    """Ids of the issues that are in the store, or will be for the events before; asked once, if at all."""

    def __init__(self, connection: Connection, site: Site, told: Sequence[Told], gathered: Gathered) -> None:
        named = {one.event.issue_id for one in told if one.event.issue_id is not None}
        self._ask = partial(issues.known_among, connection, site, named)
        self._gathered = gathered
        self._stored: set[str] | None = None

    def __contains__(self, issue_id: object) -> bool:
        if issue_id in self._gathered.issue_ids:
            return True
        if self._stored is None:
            self._stored = self._ask()
        return issue_id in self._stored
