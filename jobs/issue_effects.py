"""What is done to issues besides comments.

All of it, done again, changes nothing: a crash costs a repeat. New issues are the exception: they carry a
mark, and are looked for before they are created a second time.
"""

from datetime import datetime, timedelta
from functools import partial
from typing import Any

from app.domain.effects import (
    CREATED_PROPERTY,
    AssignIssue,
    CreateIssue,
    EditIssue,
    IssueEffect,
    LinkIssues,
    MoveToSprint,
    RankIssue,
    RankIssues,
    SetIssueProperty,
    TransitionIssue,
    WatchIssue,
)
from app.domain.scrum.from_jira import account_of, instant
from app.domain.scrum.issue import STATUS
from app.errors import NotPossible
from app.store import sites
from app.store.claim import Claimed
from connectors.errors import FieldsRequired, NotAllowed, NoTransition
from connectors.jira.client import JiraClient
from connectors.jira.documents import IssueDocument
from connectors.jira.keyset import Order
from connectors.jira.properties import Kind, Owner
from jobs.context import Context, JiraSite
from jobs.settle import give_time_to_show
from jobs.sync.pages import milliseconds

_SKEW = timedelta(minutes=10)
"""By so much Jira's clock may be behind ours."""


async def carry_out(
    context: Context, jira_site: JiraSite, effect: IssueEffect, work: Claimed
) -> dict[str, Any]:
    """To Jira; returns what became of it, for people.

    Args:
        context: the store knows people by the names that Jira takes.
        jira_site: where to.
        effect: what to do.
        work: its row, which tells whether an earlier attempt may have done it.

    Raises:
        ConnectorError: it did not go through; the worker decides when to try again.
    """
    jira, key = jira_site.jira, effect.issue_key
    match effect:
        case EditIssue():
            await _edit_quietly(jira, effect)
            told: dict[str, Any] = {"fields": sorted({*effect.fields, *effect.update})}
        case TransitionIssue():
            done = await _moved_already(context, jira, effect, work) if work.attempts > 1 else None
            told = {"status_id": done or await _transition(jira, effect)}
        case AssignIssue(account=account):
            await jira.assign(key, await context.named(jira_site.id, account))
            told = {"account": account}
        case LinkIssues(other_key=other):
            await jira.link(effect.link_type, inward=key, outward=other)
            told = {"other_key": other}
        case CreateIssue():
            told = {"created": await _create(context, jira, effect, work)}
        case MoveToSprint(sprint_id=sprint_id):
            await (
                jira.move_to_backlog([key]) if sprint_id is None else jira.move_to_sprint(sprint_id, [key])
            )
            told = {"sprint_id": sprint_id}
        case RankIssue(before=before, after=after):
            await jira.rank([key], before=before, after=after)
            told = {"before": before, "after": after}
        case RankIssues(keys=keys, before=before, after=after):
            await jira.rank(keys, before=before, after=after)
            told = {"keys": list(keys), "before": before, "after": after}
        case WatchIssue(account=account, watches=watches):
            who = await context.named(jira_site.id, account) or account
            await (jira.watch(key, who) if watches else jira.unwatch(key, who))
            told = {"account": account}
        case _:
            told = await _set_property(jira, effect)
    return {"issue_key": key, **told}


async def _set_property(jira: JiraClient, effect: SetIssueProperty) -> dict[str, Any]:
    await jira.set_property(Owner(Kind.ISSUE, effect.issue_key), effect.key, effect.value)
    return {"key": effect.key}


async def _edit_quietly(jira: JiraClient, effect: EditIssue) -> None:
    """Without mail to watchers; only project admins may ask for that, so otherwise with it."""
    try:
        await jira.edit_issue(
            effect.issue_key, fields=effect.fields, update=effect.update, notify_users=False
        )
    except NotAllowed:
        await jira.edit_issue(effect.issue_key, fields=effect.fields, update=effect.update)


async def _moved_already(
    context: Context, jira: JiraClient, effect: TransitionIssue, work: Claimed
) -> str | None:
    """The status that an earlier attempt brought it to; somebody may have moved it on since."""
    site = await context.database.call_read(partial(sites.site_by_id, site_id=work.row["site_id"]))
    since = work.row["created_at"] - _SKEW
    for entry in reversed([one async for one in jira.changelog(effect.issue_key)]):
        at = instant(entry.get("created"))
        if at is None or at < since or account_of(entry.get("author")) != site.account_id:
            continue
        for item in entry.get("items") or ():
            if item.get("field") == STATUS and str(item.get("to")) in effect.status_ids:
                return str(item["to"])
    return None


async def _transition(jira: JiraClient, effect: TransitionIssue) -> str | None:
    """The status that the issue is in then: it may be there already, by us before a crash or by somebody.

    None where nothing leads there and the effect is content with that.
    """
    if not effect.status_ids:
        raise NotPossible("The site has no status of the name that `close_as` in the settings says.")
    document = await jira.issue(effect.issue_key, fields=("status",))
    present = str(document["fields"]["status"]["id"])
    if present in effect.status_ids:
        return present
    left = list(effect.status_ids)
    while left:
        status_id = left.pop(0)
        try:
            await jira.transition_to(
                effect.issue_key, status_id, fields=effect.fields, comment=effect.comment
            )
        except NoTransition as error:
            left = [one for one in left if one in error.possible]
            if not left and not effect.if_possible:
                raise
        except FieldsRequired:
            if not effect.if_possible:
                raise
        else:
            return status_id
    return None


async def _create(context: Context, jira: JiraClient, effect: CreateIssue, work: Claimed) -> str:
    """Key of the new issue."""
    created = None
    if work.attempts > 1:
        found = await find_created(jira, effect, since=work.row["created_at"])
        created = None if found is None else found["key"]
        if created is None and context.database.has_one_writer:  # elsewhere the lease had to end first
            give_time_to_show(work.row)
    if created is None:
        mark = {CREATED_PROPERTY: {"id": effect.mark}}
        created = (await jira.create_issue(effect.fields, properties=mark))["key"]
    if effect.link_type is not None:
        ends = (created, effect.issue_key) if effect.is_inward else (effect.issue_key, created)
        await jira.link(effect.link_type, inward=ends[0], outward=ends[1])
    return created


async def find_created(jira: JiraClient, effect: CreateIssue, *, since: datetime) -> IssueDocument | None:
    """The issue that an earlier attempt created, among all that we created since it was decided on.

    Those with its summary are looked at first; it may have got another one since.
    """
    project = effect.fields["project"]["key"]
    jql = f'project = "{project}" AND creator = currentUser() AND created >= {milliseconds(since - _SKEW)}'
    listed = [one async for one in jira.search(jql, fields=("summary",), order=Order.CREATED)]
    ours = effect.fields.get("summary")
    for issue in sorted(listed, key=lambda one: one["fields"].get("summary") != ours):
        kept = await jira.property_of(Owner(Kind.ISSUE, issue["key"]), CREATED_PROPERTY)
        if isinstance(kept, dict) and kept.get("id") == effect.mark:
            return issue
    return None
