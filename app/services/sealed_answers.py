"""What servers answered rules, and is still needed, locked by the newest key."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, RowMapping

from app.errors import SecretsLocked
from app.services.secrets import ANSWER, Keyring, purpose_of
from app.store import sealed_answers as store
from app.store.sealed_answers import DECISIONS, EFFECTS, RUNS, Place

_AT_ONCE = 500
"""Rows that are read by one statement."""
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


def lock_anew(connection: Connection, keyring: Keyring) -> Answers:
    """Lock with the newest key all that a rule may still go on with, so that the others can be thrown away.

    What workers have in their hands meanwhile is no danger: they write with the newest key.
    """
    done, lost = 0, []
    for place, within in ((EFFECTS, _payload), (RUNS, _parameters), (DECISIONS, _wanted)):
        after = 0
        while rows := store.some(connection, place, after=after, limit=_AT_ONCE):
            after = rows[-1]["id"]
            for row in rows:
                try:
                    done += _lock_row(connection, keyring, place, row, within)
                except SecretsLocked:
                    if not row["given_up"]:
                        lost.append(f"{place.called} {row['id']} of site {row['site']}")
    return Answers(done, tuple(lost))


def _lock_row(
    connection: Connection,
    keyring: Keyring,
    place: Place,
    row: RowMapping,
    within: Callable[[Any, Anew], Any],
) -> bool:
    """Whether anything was to do."""

    def lock(sealed: str) -> str:
        return anew(keyring, row["site"], sealed)

    if within(row["document"], lock) == row["document"]:
        return False
    document = store.locked(connection, place, row["id"])
    if document is None:
        return False
    store.change(connection, place, row["id"], within(document, lock))
    return True


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
