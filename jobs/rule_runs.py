"""A rule for many issues at once: at a time, or because somebody asked."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from sqlalchemy import Connection

from app.domain.rules.event import Event, Happened
from app.domain.rules.trigger_parts import Scheduled
from app.domain.rules.triggers import Active, Index
from app.errors import NotFound
from app.services import jql
from app.services.ruling import active
from app.store import related, runs, sites
from app.store.claim import Claimed
from app.store.sites import Site
from jobs import rules
from jobs.context import Context, JiraSite
from jobs.handling import Finished

_AT_ONCE = 200
"""Issues that are decided on in one transaction."""


async def run(context: Context, jira_site: JiraSite, work: Claimed) -> Finished:
    """Carry out a run of kind `rule`; parameters: `rule`, `shadow`, and `issues` (keys) where somebody asked.

    A late run speaks about the instant at which it was due. Broken off and done again, it changes nothing
    that was decided before.
    """
    found = await context.database.call_read(partial(_found, work=work, site_id=jira_site.id))
    if found is None:
        return Finished(runs.DONE, "The rule has no such version any more.")
    site, rule, events = found
    owed = 0
    for begin in range(0, len(events), _AT_ONCE):
        some = rules.because(events[begin : begin + _AT_ONCE], f"run:{work.id}")
        react = partial(_react, context=context, site=site, told=some, index=Index([rule]))
        owed += await context.database.call_write(react)
    if owed:
        context.wake()
    return Finished(runs.DONE, values={"progress": {"issues": len(events), "effects": owed}})


def _react(
    connection: Connection, *, context: Context, site: Site, told: Sequence[rules.Because], index: Index
) -> int:
    return rules.react(context, connection, site, told, index)


def _found(
    connection: Connection, *, work: Claimed, site_id: int
) -> tuple[Site, Active, Sequence[Event]] | None:
    """The rule as it is now, and an event for each issue."""
    asked = work.row["parameters"]
    site = sites.site_by_id(connection, site_id)
    rule = next(
        (
            each
            for each in active(connection, site_id)
            if each.id == asked["rule"] and each.shadow == asked.get("shadow", False)
        ),
        None,
    )
    if rule is None:
        return None
    at, trigger = work.row["at"], rule.rule.trigger
    if isinstance(trigger, Scheduled) and "issues" not in asked:
        keys = jql.search(connection, site, trigger.jql, now=at, zone=jql.UTC_ZONE, account=site.account_id)
        happened = Happened.SCHEDULED
    else:
        keys, happened = list(asked.get("issues") or ()), Happened.ASKED
    ids = related.ids_of(connection, site, set(keys))
    if missing := [key for key in keys if key not in ids]:
        raise NotFound("issue", missing[0], "It is not in the store.")
    events = [Event(happened, ids[key], key, at, f"{happened.value}:{at:%Y-%m-%dT%H:%M:%S}") for key in keys]
    # It fires for whoever is named, whatever else it waits for, and whatever was before it was switched on.
    return site, replace(rule, since=None), events
