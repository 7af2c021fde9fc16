"""Events that write a few rows of their own each, rather than together as those of issues do."""

from collections.abc import Callable, Mapping

from sqlalchemy import Connection

from jobs.board_events import BOARD_EVENTS
from jobs.thing_events import THING_EVENTS
from jobs.told import Outcome, Told

ROW_EVENTS: Mapping[str, Callable[[Connection, Told], Outcome]] = {**BOARD_EVENTS, **THING_EVENTS}


def apply(connection: Connection, told: Told) -> Outcome:
    """Fold the event in.

    Args:
        connection: inside a transaction.
        told: its name is one of `ROW_EVENTS`.

    Raises:
        NotReadable: it says that it is one thing and lacks what that needs.
    """
    return ROW_EVENTS[told.name](connection, told)
