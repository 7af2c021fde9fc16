"""Carry out what is owed to Jira, once.

Jira has no idempotency keys, so each kind of effect has its own way of being done once; see its module.
"""

from dataclasses import replace
from functools import partial
from typing import Any

import anyio.to_thread
import msgspec
from sqlalchemy import Connection

from app import log
from app.domain.comments import LivingComment
from app.domain.effects import (
    Announcement,
    CreateIssue,
    LogWork,
    Notify,
    OpenReportIssue,
    ReleaseVersion,
    SetSprintProperty,
    WebRequest,
    issue_of,
    stored_payload_of,
)
from app.domain.reports.markdown import escape, uncalled
from app.domain.rule_effects import RuleEffect, SprintStep
from app.domain.rules.event import Event, with_created
from app.services.sealed_answers import anew_if_opened
from app.store import outbox
from app.store.claim import Claimed
from connectors.jira.properties import Kind, Owner
from connectors.web import NotAllowedOut
from jobs import (
    comment_effects,
    issue_effects,
    report_issues,
    rule_effects,
    rule_rest,
    sprint_effects,
    web_effects,
    work_effects,
)
from jobs.context import Context, JiraSite
from jobs.handling import Finished

_log = log.get(__name__)


async def carry_out(context: Context, work: Claimed) -> Finished:
    """One effect from row to Jira.

    Raises:
        ConnectorError: it did not go through; the worker decides when to try again.
    """
    jira_site = context.sites.get(work.row["site_id"])
    if jira_site is None:
        return Finished(outbox.DEAD, "Its site is no longer in the settings.")
    effect = outbox.effect_of(work.row)
    unmet = await context.database.call_read(lambda tx: outbox.unmet(tx, work.row))
    if unmet is not None:
        return Finished(outbox.SKIPPED, unmet)
    if isinstance(effect, LivingComment | OpenReportIssue | Notify | WebRequest):
        return await _finished(context, jira_site, work, effect)
    if isinstance(effect, Announcement):
        await _announce(context, jira_site, effect)
        outcome: dict[str, Any] = {"issue_key": effect.issue_key, "channel": effect.channel}
    elif isinstance(effect, SetSprintProperty):
        await jira_site.jira.set_property(Owner(Kind.SPRINT, effect.sprint_id), effect.key, effect.value)
        outcome = {"sprint_id": effect.sprint_id, "key": effect.key}
    elif isinstance(effect, LogWork | ReleaseVersion):
        outcome = await work_effects.carry_out(jira_site.jira, effect, is_repeat=work.attempts > 1)
    elif isinstance(effect, SprintStep):
        outcome = await sprint_effects.carry_out(jira_site.jira, effect, work)
    elif isinstance(effect, RuleEffect):
        outcome = await rule_effects.carry_out(context, jira_site, effect)
    else:
        outcome = await issue_effects.carry_out(context, jira_site, effect, work)
    _log.info(
        "effect.done", effect=work.id, kind=effect.kind, cause=work.row["cause"], issue=issue_of(effect)
    )
    if isinstance(effect, CreateIssue) and effect.follow:
        return _created(context, jira_site.name, work, effect, outcome)
    return Finished(outbox.DONE, values={"outcome": outcome})


def _created(
    context: Context, site: str, work: Claimed, effect: CreateIssue, outcome: dict[str, Any]
) -> Finished:
    """With what the rule goes on is in its run from then on, and nowhere else: it may hold an answer."""
    created = outcome["created"]
    commit = partial(follow, context=context, site=site, work=work, effect=effect, created=created)
    payload = stored_payload_of(replace(effect, follow=()))
    return Finished(outbox.DONE, values={"outcome": outcome, "payload": payload}, commit=commit)


def follow(
    connection: Connection,
    *,
    context: Context,
    site: str,
    work: Claimed,
    effect: CreateIssue,
    created: str,
) -> None:
    """The rule goes on with what it created: a run, in the transaction that knows that it is there."""
    now = context.now()
    for each in effect.follow:
        event = with_created(msgspec.convert(each["event"], Event), created, now)
        sealed = anew_if_opened(context.keyring, site, event.kept.sealed)  # keys may be replaced meanwhile
        event = replace(event, kept=replace(event.kept, sealed=sealed))
        requested_by = f"effect {work.id}, which created {created}"
        rule_rest.ask_for(connection, work, each, event, now=now, requested_by=requested_by)


async def _finished(
    context: Context,
    jira_site: JiraSite,
    work: Claimed,
    effect: LivingComment | OpenReportIssue | Notify | WebRequest,
) -> Finished:
    """Those that say themselves how they end."""
    match effect:
        case LivingComment():
            return await comment_effects.write(context, jira_site.jira, work, effect)
        case OpenReportIssue():
            return await report_issues.open_issue(context, jira_site.jira, work, effect)
        case Notify():
            return await work_effects.notify(context, jira_site, work, effect)
        case WebRequest():
            return await web_effects.ask(context, jira_site, work, effect)


async def _announce(context: Context, jira_site: JiraSite, effect: Announcement) -> None:
    """Whoever takes such messages cannot tell a repeat: after a crash one may come twice."""
    from connectors import channels  # noqa: PLC0415

    address = jira_site.channels.get(effect.channel)
    if address is None:
        raise NotAllowedOut(f"channel {effect.channel}", "it is no longer in the settings.")
    send = partial(
        channels.send,
        effect.channel,
        address,
        title=uncalled(effect.title),
        heading=uncalled(escape(effect.title)),
        body=effect.body,
        private=context.channel_hosts,
    )
    await anyio.to_thread.run_sync(send, abandon_on_cancel=True)
