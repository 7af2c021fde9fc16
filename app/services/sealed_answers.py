"""What servers answered rules, and is still needed, locked by the newest key."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

from sqlalchemy import Connection

from app.errors import SecretsLocked
from app.services.secrets import ANSWER, Keyring, purpose_of
from app.store import sealed_answers as store
from app.store.database import Database
from app.store.sealed_answers import DECISIONS, EFFECTS, RUNS, Place

_AT_ONCE = 100
"""Rows that are read by one statement and written in one transaction; an answer may be long."""
Anew = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Answers:
    """How many rows hold answers that the newest key locks now, and which ones no key opens."""

    locked_anew: int
    not_opened: tuple[str, ...]


def anew(keyring: Keyring, site: str, sealed: str) -> str:
    """The same, locked by the newest key.

    Raises:
        SecretsLocked: no key opens it.
    """
    if not sealed or keyring.is_newest(sealed):
        return sealed
    purpose = purpose_of(site, ANSWER)
    return keyring.lock(keyring.open(sealed, purpose=purpose), purpose=purpose)


def anew_if_opened(keyring: Keyring, site: str, sealed: str) -> str:
    """The same, locked by the newest key; as it is where no key opens it."""
    try:
        return anew(keyring, site, sealed)
    except SecretsLocked:
        return sealed


async def lock_all_anew(database: Database, keyring: Keyring) -> Answers:
    """Lock with the newest key all that a rule may still go on with, so that the others can be thrown away.

    A few rows in each transaction: others write between two of them, and where this is broken off, what was
    done is done, and doing it again goes on. What workers have in their hands meanwhile is no danger: they
    write with the newest key.
    """
    done = 0
    lost: list[str] = []
    for place in (EFFECTS, RUNS, DECISIONS):
        after: int | None = 0
        while after is not None:
            found = await database.call_read(partial(_outdated, place=place, keyring=keyring, after=after))
            after = found.last
            lost += found.not_opened
            if found.rows:
                done += await database.call_write(
                    partial(_lock, keyring=keyring, place=place, rows=found.rows)
                )
    return Answers(done, tuple(lost))


class _Row(NamedTuple):
    """A document that an older key locks, and what it is when the newest does."""

    id: int
    site: str
    document: Any
    locked: Any


@dataclass(frozen=True, slots=True)
class _Outdated:
    """What some rows hold that an older key locks; `last` is the id of the last, None where there is none."""

    rows: tuple[_Row, ...]
    not_opened: tuple[str, ...]
    last: int | None


def _outdated(connection: Connection, *, place: Place, keyring: Keyring, after: int) -> _Outdated:
    found, lost = [], []
    read = store.some(connection, place, after=after, limit=_AT_ONCE)
    for row in read:
        try:
            locked = _locked(place, keyring, row["site"], row["document"])
        except SecretsLocked:
            if not row["given_up"]:
                lost.append(f"{place.called} {row['id']} of site {row['site']}")
            continue
        if locked != row["document"]:
            found.append(_Row(row["id"], row["site"], row["document"], locked))
    return _Outdated(tuple(found), tuple(lost), read[-1]["id"] if read else None)


def _lock(connection: Connection, *, keyring: Keyring, place: Place, rows: Sequence[_Row]) -> int:
    """Returns how many were written; some have ended since they were read, or are others now."""
    done = 0
    for row in rows:
        document = store.locked(connection, place, row.id)
        if document is None:
            continue
        same = document == row.document
        locked = row.locked if same else _locked(place, keyring, row.site, document)
        store.change(connection, place, row.id, locked)
        done += 1
    return done


def _locked(place: Place, keyring: Keyring, site: str, document: Any) -> Any:
    """A document of that place, locked by the newest key."""
    return _WITHIN[place.called](document, partial(anew, keyring, site))


def _payload(payload: Mapping[str, Any], lock: Anew) -> dict[str, Any]:
    """Of an effect: a request itself, and with what its rule goes on."""
    found = dict(payload)
    if payload.get("sealed"):
        found["sealed"] = lock(payload["sealed"])
    if payload.get("follow"):
        found["follow"] = [_parameters(each, lock) for each in payload["follow"]]
    return found


def _parameters(parameters: Mapping[str, Any], lock: Anew) -> dict[str, Any]:
    """Of a run that goes on, and of one that will."""
    event = parameters.get("event")
    if not isinstance(event, Mapping) or not (event.get("kept") or {}).get("sealed"):
        return dict(parameters)
    kept = {**event["kept"], "sealed": lock(event["kept"]["sealed"])}
    return {**parameters, "event": {**event, "kept": kept}}


def _wanted(effects: Sequence[Mapping[str, Any]], lock: Anew) -> list[dict[str, Any]]:
    """Of a decision that is held."""
    return [{**each, "payload": _payload(each["payload"], lock)} for each in effects]


_WITHIN: Mapping[str, Callable[[Any, Anew], Any]] = {
    EFFECTS.called: _payload,
    RUNS.called: _parameters,
    DECISIONS.called: _wanted,
}
"""What in the document of a place is locked, by what its rows are called."""
