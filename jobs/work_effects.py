"""Work that is logged, versions that are released, mails that Jira sends: each once, as far as Jira tells."""

from datetime import datetime
from typing import Any

from app.domain.effects import LogWork, Notify, ReleaseVersion, WorkEffect
from app.store import outbox
from app.store.claim import Claimed
from connectors.errors import ConnectorError
from connectors.jira.client import JiraClient
from jobs.context import Context, JiraSite
from jobs.handling import Finished

_MAYBE_SENT = "The mail may have been sent, and Jira keeps no list of them. Retry it if nobody got one."


async def carry_out(jira: JiraClient, effect: WorkEffect, *, is_repeat: bool) -> dict[str, Any]:
    """To Jira; returns what became of it, for people.

    Raises:
        ConnectorError: it did not go through; the worker decides when to try again.
    """
    if isinstance(effect, LogWork):
        return {"issue_key": effect.issue_key, "worklog": await _log(jira, effect, is_repeat=is_repeat)}
    return {"issue_key": effect.issue_key, **await _release(jira, effect)}


async def _log(jira: JiraClient, effect: LogWork, *, is_repeat: bool) -> str:
    """Id of the worklog; one that an earlier attempt wrote is known by the instant at which it began."""
    if is_repeat:
        async for one in jira.worklogs(effect.issue_key):
            if datetime.fromisoformat(one["started"]) == effect.started:
                return one["id"]
    logged = await jira.add_worklog(
        effect.issue_key, time_spent=effect.time_spent, started=effect.started, comment=effect.comment
    )
    return logged["id"]


async def _release(jira: JiraClient, effect: ReleaseVersion) -> dict[str, Any]:
    """One that is released already keeps its day."""
    version = await jira.version(effect.version_id)
    if version.get("released"):
        return {"version": version.get("name"), "note": "It was released already."}
    await jira.release_version(effect.version_id, effect.day)
    return {"version": version.get("name"), "released_on": effect.day.isoformat()}


async def notify(context: Context, jira_site: JiraSite, work: Claimed, effect: Notify) -> Finished:
    """Two mails are worse than none: one that may have been sent waits for an admin.

    Raises:
        ConnectorError: it was not sent; the worker decides when to try again.
    """
    if work.row["deaths"]:
        return Finished(outbox.DEAD, f"The worker died while it sent it. {_MAYBE_SENT}")
    accounts = [await context.named(jira_site.id, each) or each for each in effect.accounts]
    told = {"roles": effect.roles, "accounts": effect.accounts, "groups": effect.groups}
    try:
        await jira_site.jira.notify(
            effect.issue_key,
            subject=effect.subject,
            text=effect.text,
            roles=effect.roles,
            accounts=accounts,
            groups=effect.groups,
        )
    except ConnectorError as error:
        if error.retryable and error.maybe_executed:
            return Finished(outbox.DEAD, f"{error} {_MAYBE_SENT}")
        raise
    return Finished(outbox.DONE, values={"outcome": {"issue_key": effect.issue_key, **told}})
