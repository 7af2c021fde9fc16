"""What is done to issues besides comments. Done again, each changes nothing: a crash costs a repeat."""

from typing import Any

from app.domain.effects import AssignIssue, EditIssue, IssueEffect, LinkIssues, TransitionIssue
from app.store import things
from connectors.errors import NotAllowed, NoTransition
from connectors.jira.client import JiraClient
from jobs.context import Context, JiraSite


async def carry_out(context: Context, jira_site: JiraSite, effect: IssueEffect) -> dict[str, Any]:
    """To Jira; returns what became of it, for people.

    Raises:
        ConnectorError: it did not go through; the worker decides when to try again.
    """
    jira = jira_site.jira
    outcome: dict[str, Any] = {"issue_key": effect.issue_key}
    match effect:
        case EditIssue():
            await _edit_quietly(jira, effect)
            return {**outcome, "fields": sorted({*effect.fields, *effect.update})}
        case TransitionIssue():
            return {**outcome, "status_id": await _transition(jira, effect)}
        case AssignIssue(account=account):
            # On Data Center people are named by their login name, while their key is what stays.
            named = await context.database.call_read(lambda tx: things.login_name(tx, jira_site.id, account))
            await jira.assign(effect.issue_key, named)
            return {**outcome, "account": account}
        case LinkIssues():
            await jira.link(effect.link_type, inward=effect.issue_key, outward=effect.other_key)
            return {**outcome, "other_key": effect.other_key}


async def _edit_quietly(jira: JiraClient, effect: EditIssue) -> None:
    """Without mail to watchers; only project admins may ask for that, so otherwise with it."""
    try:
        await jira.edit_issue(
            effect.issue_key, fields=effect.fields, update=effect.update, notify_users=False
        )
    except NotAllowed:
        await jira.edit_issue(effect.issue_key, fields=effect.fields, update=effect.update)


async def _transition(jira: JiraClient, effect: TransitionIssue) -> str:
    """The status that the issue is in then: it may be there already, by us before a crash or by somebody."""
    document = await jira.issue(effect.issue_key, fields=("status",))
    present = str(document["fields"]["status"]["id"])
    if present in effect.status_ids:
        return present
    *others, last = effect.status_ids
    for status_id in others:
        try:
            await jira.transition_to(effect.issue_key, status_id)
        except NoTransition:
            continue
        return status_id
    await jira.transition_to(effect.issue_key, last)
    return last
