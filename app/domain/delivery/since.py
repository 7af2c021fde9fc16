"""What became of scopes since an earlier report: what it said of them, and what happened in between."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from app.domain.delivery.ledger import Ledger, Moved
from app.domain.delivery.outlook import SURE, Outlook
from app.domain.delivery.scopes import Kind, Scope


@dataclass(frozen=True, slots=True)
class Told:
    """What an earlier report said of a scope; `sure` is the day of 85 %, None where none was told."""

    name: str
    verdict: str
    sure: date | None
    due: date | None


@dataclass(frozen=True, slots=True)
class Before:
    """An earlier report on scopes of a kind: by the version's id, or by the epic's key."""

    at: datetime
    scopes: Mapping[str, Told]


@dataclass(frozen=True, slots=True)
class Since:
    """What happened since.

    Attributes:
        moved: by the id of each open scope.
        closed: those that were told as open and are released or done.
        gone: names of versions that were told and are there no more: archived, merged or deleted.
    """

    before: Before
    moved: Mapping[str, Moved]
    closed: tuple[Scope, ...] = ()
    gone: tuple[str, ...] = ()


def place_of(scope: Scope) -> str:
    """By what reports know it again."""
    return scope.key or scope.id


def read_before(document: Mapping[str, Any], kind: Kind) -> Before | None:
    """From a stored report; None where it told no scopes of that kind, or cannot be compared with."""
    try:
        part = next(one for one in document["parts"] if one["kind"] == kind.value)
        found = {
            one["key"] or one["id"]: Told(
                one["name"],
                one["verdict"],
                _day((one.get("done_by") or {}).get(str(SURE))),
                _day(one["due"]),
            )
            for one in part["scopes"]
        }
        return Before(datetime.fromisoformat(document["at"]), found)
    except (KeyError, TypeError, ValueError, AttributeError, StopIteration):
        return None


def _day(said: str | None) -> date | None:
    return None if said is None else date.fromisoformat(said)


def compare(
    before: Before, ledger: Ledger, told: Outlook, *, at: datetime, versions: Sequence[Scope] | None
) -> Since:
    """What became of what an earlier report told.

    Args:
        before: that report.
        ledger: scopes with all that happened to them.
        told: what is said now.
        at: the instant of that.
        versions: all of the project, also those that the ledger has not; None where scopes are no versions.
            Epics that are not there may be restricted now, or empty, so nothing is said of them.
    """
    moved = {one.scope.id: ledger.moved(one.scope.id, before.at, at) for one in told.deliveries}
    closed = tuple(
        sorted(
            (
                scope
                for scope in (ledger.scopes.values() if versions is None else versions)
                if scope.closed_by(at) and place_of(scope) in before.scopes
            ),
            key=lambda scope: (scope.closed_at or at, scope.place),
        )
    )
    if versions is None:
        return Since(before, moved, closed)
    there = {place_of(scope) for scope in versions}
    gone = tuple(one.name for place, one in before.scopes.items() if place not in there)
    return Since(before, moved, closed, gone)
