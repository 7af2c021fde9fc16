"""What an admin should mend in the store, and in who works on it: facts in, findings out."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from app.services.findings import Finding, Level
from app.store.rule_decisions import Failing

LITTLE, NEXT_TO_NOTHING = 512 * 2**20, 64 * 2**20
"""Bytes on the store's disk below which an admin should know, and below which writes are about to fail."""


@dataclass(frozen=True, slots=True)
class StoreFacts:
    """What was seen of the store.

    Attributes:
        trouble: why it could not be looked at; then nothing else is known.
        not_writable: why a write would fail; empty if it would go through.
        workers: seen within three leases.
        given_up: rows that wait for an admin, by queue.
        failing: rules with decisions of the last day that failed.
        free: bytes left on the disk of an SQLite file; None for a database server.
    """

    trouble: str = ""
    schema_found: str | None = None
    schema_wanted: str | None = None
    not_writable: str = ""
    workers: int = 0
    given_up: Mapping[str, int] = field(default_factory=dict)
    failing: Sequence[Failing] = ()
    free: int | None = None


def judge_store(facts: StoreFacts) -> Iterator[Finding]:
    """The store, those who work on it, and what they gave up."""
    if facts.trouble:
        mend = (
            "Correct `database_url`, or start its server. The first `burnish serve` makes a new SQLite file; "
            "on PostgreSQL it wants an empty database (`createdb`)."
        )
        yield Finding("store", Level.FAULT, facts.trouble, mend)
        return
    if facts.schema_found != facts.schema_wanted:
        here = facts.schema_found or "empty"
        seen = f"The store's schema is {here}, this version wants {facts.schema_wanted}."
        yield Finding("schema", Level.FAULT, seen, "Run `burnish db upgrade` with this version, or start it.")
        return
    yield Finding("schema", Level.OK, f"The store's schema is this version's, {facts.schema_found}.")
    if facts.not_writable:
        mend = "See that the disk is not full and the database takes writes."
        yield Finding("store", Level.FAULT, facts.not_writable, mend)
    elif facts.free is not None and facts.free < LITTLE:
        level = Level.FAULT if facts.free < NEXT_TO_NOTHING else Level.WARNING
        seen = f"The store's disk has {facts.free / 2**20:.0f} MiB left; on a full one webhooks are refused."
        yield Finding("store", level, seen, "Make room, or move the store to a larger disk.")
    else:
        yield Finding("store", Level.OK, "The store takes writes.")
    yield _workers(facts.workers)
    yield from _given_up(facts.given_up)
    yield from _failing(facts.failing)


def _workers(number: int) -> Finding:
    if number:
        return Finding("workers", Level.OK, f"{number} worked on the store just now.")
    seen = "Nobody works on the store now: webhooks wait, no sync and no report is made."
    return Finding("workers", Level.WARNING, seen, "Run `burnish serve`, or `burnish work` beside its doors.")


# By queue, the state of what was given up, and the command that lets go of it.
_BY_HAND = {"deliveries": ("dead", "discard"), "effects": ("dead", "cancel"), "runs": ("failed", "cancel")}


def _given_up(numbers: Mapping[str, int]) -> Iterator[Finding]:
    waiting = {queue: number for queue, number in numbers.items() if number}
    if not waiting:
        yield Finding("dead letters", Level.OK, "Nothing was given up.")
    for queue, number in waiting.items():
        state, end = _BY_HAND[queue]
        yield Finding(
            "dead letters",
            Level.WARNING,
            f"{number} {queue} were given up and wait for somebody.",
            f"See why with `burnish {queue} list --state {state}`, then `{queue} retry` or `{queue} {end}`.",
        )


def _failing(rules: Sequence[Failing]) -> Iterator[Finding]:
    """A rule that fails does nothing, and nobody would miss it."""
    for one in rules:
        times = "once" if one.number == 1 else f"{one.number} times"
        seen = f"Rule {one.rule_id}, {one.name!r}, failed {times} in the last day, at last: {one.reason}"
        mend = (
            f"See each with `burnish rules explain --rule {one.rule_id} --outcome failed`, and mend the rule."
        )
        yield Finding("rules", Level.WARNING, seen, mend, site=one.site)
