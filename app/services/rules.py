"""What admins do with rules: write versions, let them act, take them back, see why they did what they did."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from difflib import unified_diff
from functools import partial
from typing import Any

from sqlalchemy import Connection, RowMapping

from app.cron import cron_fault, next_after
from app.domain.effects import effect_of
from app.domain.rules.decide import Outcome
from app.domain.rules.document import Rule
from app.domain.rules.errors import RuleNotUnderstood
from app.domain.rules.reading import as_yaml, check, read, warnings_of, written
from app.domain.scrum.wording import counted
from app.errors import NotFound, NotPossible, NotUnderstood
from app.services import rule_secrets, versions
from app.services.firings import times_of
from app.services.ruling import catalogue_of
from app.store import boards, jql_lists, outbox, rule_decisions, rules, runs, sites
from app.store.outbox import Owed, in_line_of
from app.store.rules import StoredRule
from app.store.sites import Site

OFF, SHADOW, LIVE = "off", "shadow", "live"
MODES = (OFF, SHADOW, LIVE)


@dataclass(frozen=True, slots=True)
class Change:
    """Who changes a rule, and which one they looked at.

    Attributes:
        author: for people.
        seen: the version that the editor looked at (an `If-Match` header); "*" is any.
        note: why.
    """

    author: str
    now: datetime
    seen: str | None = None
    note: str = ""


def _same(rule: StoredRule, change: Change) -> None:
    """Refuse an edit of what is not the present one.

    Raises:
        VersionNeeded: it does not say which one was seen.
        ChangedMeanwhile: it is another one by now.
    """
    versions.check(change.seen, rule.revision, what=f"rule {rule.id}")


# --- writing --------------------------------------------------------------------------------------


def understood(connection: Connection, site: Site, document: Any, *, now: datetime) -> Rule:
    """The rule in a document, held against the site.

    Raises:
        RuleNotUnderstood: it is none, or names what the site does not have; with all faults.
    """
    rule = read(document)
    # Rules that are carried out do without these lists, and are read in every transaction.
    catalogue = replace(catalogue_of(connection, site, now=now), **jql_lists.named(connection, site))
    known = {board.id: board.name for *_, board in boards.listed(connection, site.id)}
    check(rule, catalogue, rule_secrets.known(connection, site, now=now), known)
    if times := times_of(rule.trigger):
        _check_cron(times[0])
    return rule


def warnings(
    document: Mapping[str, Any],
    hosts: Collection[str] | None = None,
    channels: Collection[str] | None = None,
) -> list[tuple[str, str]]:
    """What of a document should be otherwise, with its places; nothing of one that is no rule any more.

    Args:
        document: of a rule.
        hosts: that rules may ask, as the settings name them; None where nobody can say.
        channels: that messages can go to, likewise.
    """
    try:
        return warnings_of(read(document), hosts, channels)
    except RuleNotUnderstood:
        return []


def _check_cron(cron: str) -> None:
    if (said := cron_fault(cron)) is not None:
        raise RuleNotUnderstood([("trigger/cron", said)])


def create(connection: Connection, site_name: str, document: Any, change: Change) -> StoredRule:
    """A new rule, in shadow: it shows what it would do.

    Raises:
        NotFound: no such site.
        NotPossible: another rule of the site has that name.
        RuleNotUnderstood: the document is no rule; with all faults.
    """
    site = sites.get_site(connection, site_name)
    rule = understood(connection, site, document, now=change.now)
    _name_is_free(connection, site, rule.name)
    made = rules.create(
        connection, site.id, written(rule), author=change.author, note=change.note, now=change.now
    )
    return _arranged(connection, made, now=change.now)


def _name_is_free(connection: Connection, site: Site, name: str, *, but: int | None = None) -> None:
    sites.lock_settings(connection)  # nobody else takes it meanwhile
    taken = rules.named(connection, site.id, name)
    if taken is not None and taken.id != but:
        raise NotPossible(
            f"Rule {taken.id} of the site is called {name!r}. Change that one, or choose another name."
        )


def write(connection: Connection, rule_id: int, document: Any, change: Change) -> StoredRule:
    """One more version. It starts in shadow; a live version goes on until the new one is made live.

    Raises:
        NotFound: no such rule.
        VersionNeeded: the change does not say which state was seen.
        ChangedMeanwhile: it is another one by now.
        NotPossible: another rule of the site has that name.
        RuleNotUnderstood: the document is no rule; with all faults.
    """
    stored = rules.get(connection, rule_id, lock=True)
    _same(stored, change)
    site = sites.site_by_id(connection, stored.site_id)
    rule = understood(connection, site, document, now=change.now)
    _name_is_free(connection, site, rule.name, but=rule_id)
    newest = rules.version(connection, rule_id, stored.last_version)["document"]
    if written(rule) == newest:
        return stored
    rules.add_version(
        connection, stored, written(rule), author=change.author, note=change.note, now=change.now
    )
    return _arranged(connection, rule_id, now=change.now)


def roll_back(connection: Connection, rule_id: int, number: int, change: Change) -> StoredRule:
    """An older version's document as a new version: history is never rewritten.

    Raises:
        NotFound: no such rule or version.
    """
    document = rules.version(connection, rule_id, number)["document"]
    noted = replace(change, note=change.note or f"back to version {number}")
    return write(connection, rule_id, document, noted)


def set_mode(
    connection: Connection, rule_id: int, mode: str, change: Change, *, number: int | None = None
) -> StoredRule:
    """Let a version act, only show what it would do, or switch the rule off.

    Args:
        connection: inside a transaction.
        rule_id: which.
        mode: `live`, `shadow` or `off`.
        change: by whom, and what they saw.
        number: of the version; the newest where it is left out.

    Raises:
        NotFound: no such rule or version.
        NotUnderstood: no such mode.
        RuleNotUnderstood: the site no longer has what the version names.
    """
    if mode not in MODES:
        raise NotUnderstood(f"{mode!r} is no mode; there are: {', '.join(MODES)}.", field="/body/mode")
    stored = rules.get(connection, rule_id, lock=True)
    _same(stored, change)
    chosen = rules.version(connection, rule_id, number or stored.last_version)
    if mode != OFF:
        site = sites.site_by_id(connection, stored.site_id)
        understood(connection, site, chosen["document"], now=change.now)
    values: dict[str, Any] = {
        OFF: {"live_version": None, "shadow_version": None, "since": None},
        SHADOW: {
            "live_version": None,
            "shadow_version": chosen["number"],
            "since": stored.since or change.now,
        },
        # What happened before it was live is none of its business, though its shadow saw it.
        LIVE: {
            "live_version": chosen["number"],
            "shadow_version": None,
            "since": stored.since if stored.live_version is not None else change.now,
        },
    }[mode]
    rules.change(connection, stored, now=change.now, **values)
    return _arranged(connection, rule_id, now=change.now)


def delete(connection: Connection, rule_id: int, change: Change) -> None:
    """Take a rule away; what it did stays on record.

    Raises:
        NotFound: no such rule.
    """
    stored = rules.get(connection, rule_id, lock=True)
    _same(stored, change)
    rules.change(
        connection,
        stored,
        now=change.now,
        live_version=None,
        shadow_version=None,
        since=None,
        deleted_at=change.now,
    )
    runs.set_rule_schedules(connection, stored.site_id, stored.id, [])


def resume(connection: Connection, rule_id: int, change: Change, *, carry_out: bool) -> int:
    """Let a paused rule go on.

    Args:
        connection: inside a transaction.
        rule_id: which.
        change: by whom.
        carry_out: what it wanted meanwhile is done now; otherwise it is let go.

    Returns:
        How many effects are owed now.

    Raises:
        NotFound: no such rule.
        NotPossible: it is not paused.
    """
    stored = rules.get(connection, rule_id, lock=True)
    _same(stored, change)
    if stored.paused_at is None:
        raise NotPossible(f"Rule {rule_id} is not paused.")
    held = rule_decisions.held(connection, rule_id)
    owed = [
        Owed(
            effect_of(effect["kind"], effect["payload"]),
            effect["key"],
            f"rule {stored.name!r}, version {row['version']}, on {row['issue_key'] or 'the event'}",
            f"rule:{rule_id}",
            in_line_of(rule_id, row["event_key"]),
        )
        for row in (held if carry_out else ())
        for effect in row["effects"]
    ]
    outbox.put_all(connection, stored.site_id, owed, now=change.now)
    outcome = Outcome.ACTED if carry_out else Outcome.DROPPED
    rule_decisions.settle_held(connection, rule_id, outcome=outcome.value)
    if not carry_out:
        _keep_what_was_done(connection, stored, held)
    rules.change(connection, stored, now=change.now, paused_at=None, paused_reason=None)
    return len(owed)


def _keep_what_was_done(connection: Connection, stored: StoredRule, dropped: Sequence[RowMapping]) -> None:
    """Where a rule acted and news had it want more, only that was held: the decision acted all the same."""
    for row in dropped:
        keys = [effect["key"] for effect in row["effects"]]
        done = rule_decisions.fates(connection, stored.site_id, keys) if len(keys) > 1 else {}
        if done:
            reason = f"{len(keys) - len(done)} of {counted(len(keys), 'effect')}, wanted later, dropped."
            told = {"outcome": Outcome.ACTED.value, "reason": reason, "effect_count": len(done)}
            rule_decisions.amend(connection, row["id"], told)


def arrange(connection: Connection, site_id: int, *, now: datetime) -> None:
    """Let the rules of a site that was away fire at their times again: its schedules were switched off."""
    for rule_id in runs.rules_switched_off(connection, site_id):
        with suppress(NotFound, RuleNotUnderstood):  # of a rule that was deleted, or decides nothing
            _arranged(connection, rule_id, now=now)


def _arranged(connection: Connection, rule_id: int, *, now: datetime) -> StoredRule:
    """The rule, with schedules for its versions where they fire at times."""
    stored = rules.get(connection, rule_id)
    wanted = []
    for number, shadow in ((stored.live_version, False), (stored.shadow_version, True)):
        if number is None:
            continue
        trigger = read(rules.version(connection, rule_id, number)["document"]).trigger
        times = times_of(trigger)
        if times is not None:
            wanted.append(
                {
                    "name": f"rule {rule_id}{' in shadow' if shadow else ''}",
                    "kind": runs.RULE,
                    "cron": times[0],
                    "time_zone": times[1],
                    "parameters": {"rule": rule_id, "shadow": shadow},
                    "next_due_at": next_after(*times, now),
                    "when_missed": "once",
                }
            )
    following = partial(next_after, instant=now)
    runs.set_rule_schedules(connection, stored.site_id, rule_id, wanted, following=following)
    return stored


# --- looking --------------------------------------------------------------------------------------


def diff(connection: Connection, rule_id: int, before: int, after: int) -> str:
    """Two versions as YAML, line by line, as `diff -u` writes it; empty where they are the same.

    Raises:
        NotFound: no such rule or version.
    """
    rules.get(connection, rule_id)
    texts = [as_yaml(rules.version(connection, rule_id, number)["document"]) for number in (before, after)]
    lines = unified_diff(
        texts[0].splitlines(keepends=True),
        texts[1].splitlines(keepends=True),
        f"version {before}",
        f"version {after}",
    )
    return "".join(lines)


@dataclass(frozen=True, slots=True)
class Explained:
    """A decision, and what became of what it wanted, by key; of what nobody owes there is nothing."""

    row: RowMapping
    fates: Mapping[str, RowMapping]


def decisions(
    connection: Connection, *, site_name: str | None, before: int | None, limit: int, **wanted: Any
) -> list[Explained]:
    """Decisions, newest first, with the fate of their effects; `wanted` as `rule_decisions.page` takes it.

    Raises:
        NotFound: no such site.
    """
    site_id = None if site_name is None else sites.get_site(connection, site_name).id
    rows = rule_decisions.page(connection, site_id=site_id, before=before, limit=limit, **wanted)
    return [_explained(connection, row) for row in rows]


def decision(connection: Connection, decision_id: int) -> Explained:
    """One of them.

    Raises:
        NotFound: no such decision, or no longer.
    """
    return _explained(connection, rule_decisions.get(connection, decision_id))


def _explained(connection: Connection, row: RowMapping) -> Explained:
    if row["shadow"] or not row["effects"]:
        return Explained(row, {})
    keys = [effect["key"] for effect in row["effects"]]
    return Explained(row, rule_decisions.fates(connection, row["site_id"], keys))
