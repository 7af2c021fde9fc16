"""Policies of grooming: kept in versions, tried out, and run over what a review found."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from difflib import unified_diff
from itertools import zip_longest
from typing import Any

import msgspec
from sqlalchemy import Connection, RowMapping

from app import yaml_documents
from app.domain.comments import LivingComment
from app.domain.effects import EditIssue, Effect, MoveToSprint, TransitionIssue
from app.domain.grooming.exemptions import NONE, Exemptions
from app.domain.grooming.facts import Backlog
from app.domain.grooming.faults import Fault, missing_from
from app.domain.grooming.finding import Reach
from app.domain.grooming.ladder import Back, Plan, Planned, Take, Why, decide, writes_of
from app.domain.grooming.policy import Document, Policy, PolicyNotUnderstood, read_policy
from app.domain.grooming.policy_trigger import SPRINT_ENTERED
from app.domain.grooming.review import Review, review
from app.domain.grooming.wanted import Wanted
from app.domain.reports.document import Report
from app.domain.reports.policy_comment import asked, settled
from app.errors import NotUnderstood
from app.services import policy_triggers
from app.services.backlog_grooming import search_keys
from app.services.commanders import heard_by, not_heeded
from app.services.grooming_wish import Wish, check_faults, read_audience, read_wish
from app.services.jql import warnings_of as jql_warnings
from app.services.rendering import comment_of
from app.store import backlog_scope, boards, outbox, sites
from app.store import grooming_policies as store
from app.store.restricted import NOTHING_HIDDEN, Hidden
from app.store.sites import Site
from app.yaml_documents import YamlRefused

LONGEST = 100_000
"""Characters of a policy."""


def read_source(source: str) -> Document:
    """A policy as an admin wrote it, in YAML or JSON; its checks and its query are looked at, too.

    Raises:
        NotUnderstood: it knows where.
    """
    try:
        loaded = yaml_documents.load(source, longest=LONGEST)
    except YamlRefused as error:
        raise NotUnderstood(f"The policy cannot be read: {error}.") from error
    faults, checks = list[Fault](), loaded.get("checks") if isinstance(loaded, Mapping) else None
    try:
        document = read_policy(loaded)
    except PolicyNotUnderstood as error:
        if any(not place for place, _ in error.faults):  # it is no document at all, or has no end
            raise
        faults += error.faults
    if isinstance(checks, Mapping):
        faults += check_faults(checks)
    faults += policy_triggers.cron_faults(loaded)
    if faults:
        raise PolicyNotUnderstood(faults)
    return document


def _wanted(document: Document) -> tuple[Wanted, ...]:
    """The policy's checks; what it exempts goes for each of them, besides what that exempts itself."""
    named = read_wish({"checks": document.checks}).wanted
    chosen = tuple(each for each in named if document.checks.get(each.check.name, False) is not False)
    if document.exempt == NONE:
        return chosen
    return tuple(replace(each, exemptions=_both(each.exemptions, document.exempt)) for each in chosen)


def _both(one: Exemptions, other: Exemptions) -> Exemptions:
    """An issue that either exempts."""
    joined: dict[str, Any] = {}
    for name in Exemptions.__struct_fields__:
        mine, theirs = getattr(one, name), getattr(other, name)
        joined[name] = (*mine, *theirs) if isinstance(mine, tuple) else (mine or theirs)
    return Exemptions(**joined)


def save(connection: Connection, site: Site, source: str, *, now: datetime, by: str) -> int:
    """Keep a policy as a new version; returns its number.

    Raises:
        NotUnderstood: see `read_source`; or its status or its query means nothing on that site.
    """
    document = read_source(source)
    check_site(connection, site, document)
    version = store.save(
        connection,
        site.id,
        name=document.name,
        source=source,
        document=msgspec.to_builtins(document),
        mode=document.mode,
        now=now,
        by=by,
    )
    policy_triggers.arrange(connection, site.id, now=now)
    return version


def check_site(connection: Connection, site: Site, document: Document) -> None:
    """Whether the site has what a policy names.

    Raises:
        PolicyNotUnderstood: it lacks statuses; with all of them.
    """
    names = sorted(set(sites.status_names(connection, site.id).values()))
    known = {name.casefold() for name in names}
    faults = [
        (
            f"/ladder/{number}/status",
            f"there is no status {step.status!r} on {site.name!r}; {missing_from(step.status, names)}",
        )
        for number, step in enumerate(document.ladder)
        if step.status is not None and step.status.casefold() not in known
    ]
    if faults:
        raise PolicyNotUnderstood(faults)


def unfound(
    connection: Connection,
    site: Site,
    document: Document,
    *,
    now: datetime,
    hidden: Hidden = NOTHING_HIDDEN,
) -> list[str]:
    """The values in a policy's query that nothing has or ever had; some issues may be hidden."""
    when = document.when or ""
    return [f"when: {each}" for each in jql_warnings(connection, site, when, now=now, hidden=hidden)]


def warnings_of(connection: Connection, site: Site, document: Document) -> list[str]:
    """Why a policy that is kept does nothing: without a trigger it needs the grooming runs of its board."""
    board = document.board
    if document.mode == "off":
        return []
    known = boards.names(connection, site)
    if board not in known:
        there = ", ".join(f"{one} ({name})" for one, name in sorted(known.items())) or "none"
        return [
            f"Board {board} is not known on {site.name!r}, so nothing runs this policy. There are: {there}."
        ]
    if document.trigger is None and board not in store.groomed_boards(connection, site.id):
        never = (
            f"The backlog of board {board} is groomed at no set times, so nothing runs this policy by itself."
        )
        add = f"[[sites.{site.name}.backlog_grooming]] with board = {board} to the settings"
        return [f"{never} Add {add}, or a `trigger` to the policy."]
    return []


def remove(connection: Connection, site: Site, name: str, *, now: datetime, by: str) -> None:
    """From now on it does nothing; its versions stay.

    Raises:
        NotFound: no such policy.
    """
    row = store.get(connection, site.id, name)
    store.save(
        connection,
        site.id,
        name=name,
        source=row["source"],
        document=row["document"],
        mode="off",
        now=now,
        by=by,
        deleted=True,
    )
    policy_triggers.arrange(connection, site.id, now=now)


def policies_of(connection: Connection, site: Site, board_id: int) -> list[Policy]:
    """Those of a board that are not off, by name."""
    found = (
        Policy(msgspec.convert(row["document"], Document), row["version"])
        for row in store.latest(connection, site.id)
        if row["mode"] != "off"
    )
    return [policy for policy in found if policy.document.board == board_id]


def versions_told(connection: Connection, site: Site, name: str) -> list[dict[str, Any]]:
    """A policy's versions, newest first, each with what it changed, line by line as `diff -u` writes it.

    Raises:
        NotFound: there never was such a policy.
    """
    rows = store.versions(connection, site.id, name)
    return [
        {**row, "board": row["document"]["board"], "diff": "" if before is None else _diff(before, row)}
        for row, before in zip_longest(rows, rows[1:])
    ]


def _diff(before: RowMapping, after: RowMapping) -> str:
    lines = unified_diff(
        before["source"].splitlines(),
        after["source"].splitlines(),
        f"version {before['version']}",
        f"version {after['version']}",
        lineterm="",
    )
    return "".join(f"{line}\n" for line in lines)


# --- what they do ---------------------------------------------------------------------------------


def plan_all(connection: Connection, site: Site, looked: Review, wish: Wish) -> list[Planned]:
    """What each policy of the backlog's board does now, one after the other.

    The second does not touch what the first does something to: with the next run it sees what became of it.
    One with a trigger of its own does nothing here: what it would do is told, see `carry_out`.
    """
    busy = set(store.busy(connection, site.id))
    every = []
    for policy in policies_of(connection, site, looked.backlog.board.id):
        one = plan(connection, site, policy, looked, wish, busy=busy)
        if policy.is_live and policy.trigger is None:
            busy |= {take.item.key for take in one.whole.takes if take.step.step != "report"}
            busy |= {back.progress.key for back in one.whole.backs}
        every.append(one)
    return every


def plan_one(connection: Connection, site: Site, name: str, looked: Review, wish: Wish) -> Planned | None:
    """What a policy does now that is run alone; None where the board has no such policy that is on."""
    of_board = policies_of(connection, site, looked.backlog.board.id)
    policy = next((one for one in of_board if one.name == name), None)
    if policy is None:
        return None
    return plan(connection, site, policy, looked, wish, busy=store.busy(connection, site.id))


def plan(
    connection: Connection,
    site: Site,
    policy: Policy,
    looked: Review,
    wish: Wish,
    *,
    busy: Collection[str] = (),
    hidden: Hidden = NOTHING_HIDDEN,
) -> Planned:
    """What a policy does now; nothing is kept.

    Restricted issues come last and are a backlog of their own, so that what it does about others is the same
    whatever they say. Of them it asks what a check tells of an issue alone.

    Args:
        connection: inside a transaction.
        site: whose.
        policy: of the board that was looked at.
        looked: what the board's own checks say; the policy asks its own about the same facts.
        wish: what the board's settings say.
        busy: keys of issues that something is being done to already.
        hidden: not there for whoever wrote the policy: it does nothing to them, and asks nothing of them.
    """
    document, backlog = policy.document, heard_by(connection, site, policy.document, looked.backlog, wish)
    keys = None
    if document.when is not None:
        at = backlog.now
        keys = set(search_keys(connection, site, document.when, backlog.calendar, at=at, hidden=hidden))
    progress = store.progress_of(connection, site.id, policy.name, live=policy.is_live)
    restricted = frozenset[str]() if backlog.show_restricted else backlog_scope.restricted(connection, site)
    decided = decide(
        policy,
        _found(policy, backlog, _wanted(document), keys),
        {one: each for one, each in progress.items() if one not in restricted},
        busy=busy,
        after_key=store.cursor_of(connection, site.id, policy.name),
    )
    told = replace(decided, not_heeded=not_heeded(backlog, looked.backlog, keys))
    theirs = {one: each for one, each in progress.items() if one in restricted}
    if hidden.ids or (backlog.apart is None and not theirs):
        return Planned(policy, told)
    apart = backlog.apart or replace(backlog, items=(), apart=None)
    alone = tuple(each for each in _wanted(document) if each.check.reach in {Reach.ISSUE, Reach.CLOCK})
    found = _found(policy, heard_by(connection, site, document, apart, wish), alone, keys)
    writes = writes_of(told.takes)
    return Planned(policy, told, decide(policy, found, theirs, busy=busy, writes=writes))


def _found(
    policy: Policy, backlog: Backlog, wanted: tuple[Wanted, ...], keys: Collection[str] | None
) -> Review:
    """What a policy's checks find on the issues that it is about."""
    found = review(backlog, wanted)
    if keys is not None:
        found = found.only(keys)
    if policy.trigger is not None and policy.trigger.type == SPRINT_ENTERED:
        known = map(backlog.by_id.__getitem__, found.every)
        found = found.only({item.key for item in known if backlog.open_sprints(item)})
    return found


def carry_out(
    connection: Connection, site: Site, planned: Collection[Planned], *, run_id: int, now: datetime
) -> None:
    """Remember how far each issue is, and owe what live policies do; both in one transaction.

    Args:
        connection: inside it.
        site: whose.
        planned: policies that are run now.
        run_id: of the run.
        now: the instant.
    """
    for one in planned:
        policy, found = one.policy, one.whole
        store.keep_progress(
            connection, site.id, policy.name, found.progress, live=policy.is_live, after_key=found.after_key
        )
        if not policy.is_live:
            continue
        for place, effect in enumerate(effects_of(connection, site, policy, found)):
            outbox.put(
                connection,
                site.id,
                effect,
                key=f"run:{run_id}:policy:{policy.name}:{place}",
                cause=f"run {run_id}, grooming policy {policy.name}, version {policy.version}",
                correlation=f"run:{run_id}",
                now=now,
            )


def effects_of(connection: Connection, site: Site, policy: Policy, found: Plan) -> Iterator[Effect]:
    """What Jira is told: the way back first, so that an issue that begins anew has no old label."""
    for back in found.backs:
        yield from _undo(site, policy, back)
    for take in found.takes:
        for proposal in take.accepted:
            yield from proposal.effects
        effect = _step(connection, site, policy, take)
        if effect is not None:
            yield effect


def _step(connection: Connection, site: Site, policy: Policy, take: Take) -> Effect | None:
    key, step = take.item.key, take.step
    if step.step == "comment":
        return _comment(site, policy, key, take.item.id, asked(policy, take))
    if step.step == "label":
        return EditIssue(key, {}, {"labels": [{"add": step.label}]})
    if step.step == "transition" and (ids := sites.status_ids(connection, site, step.status or "")):
        return TransitionIssue(key, ids)
    if step.step == "backlog":
        return MoveToSprint(key, None)
    return None


def _undo(site: Site, policy: Policy, back: Back) -> Iterator[Effect]:
    """Labels go, and the comment says that it is settled; what was closed stays as it is."""
    one = back.progress
    if back.why is Why.CLOSED:
        return
    if one.labels:
        yield EditIssue(one.key, {}, {"labels": [{"remove": label} for label in one.labels]})
    if one.commented:
        yield _comment(site, policy, one.key, one.issue_id, settled(policy, back))


def _comment(site: Site, policy: Policy, key: str, issue_id: str, report: Report) -> LivingComment:
    """The policy's one comment on an issue, for its readers only."""
    marker = f"grooming:{policy.name}:{issue_id}"
    audience = read_audience(policy.document.visible_to)
    return comment_of(report, site, key, marker, picture=False, audience=audience)
