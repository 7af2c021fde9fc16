"""What rules alone want of Jira. All of it looks first, so that done again it changes nothing."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from app.domain.comments import MARKER_PROPERTY, LivingComment
from app.domain.jql.plan import folded
from app.domain.rule_effects import CreateVersion, RankAtEnd, TakeCommentBack, UnlinkIssues
from app.store import outbox
from connectors.errors import Missing
from connectors.jira.client import JiraClient
from jobs.context import Context, JiraSite

_Effect = UnlinkIssues | RankAtEnd | TakeCommentBack | CreateVersion


async def carry_out(context: Context, jira_site: JiraSite, effect: _Effect) -> dict[str, Any]:
    """To Jira; returns what became of it, for people.

    Raises:
        ConnectorError: it did not go through; the worker decides when to try again.
    """
    jira = jira_site.jira
    match effect:
        case UnlinkIssues():
            told: dict[str, Any] = {"unlinked": await _unlink(jira, effect)}
        case RankAtEnd():
            told = {effect.end: await _rank(jira, effect)}
        case TakeCommentBack():
            told = {"deleted": await _take_back(context, jira_site, effect)}
        case CreateVersion():
            told = await _create_version(jira, effect)
    return {"issue_key": effect.issue_key, **told}


async def _unlink(jira: JiraClient, effect: UnlinkIssues) -> list[str]:
    """Keys of the issues that it was linked with."""
    document = await jira.issue(effect.issue_key, fields=("issuelinks",))
    gone = []
    for link in document["fields"].get("issuelinks") or ():
        other, words = _end(link)
        kinds = {folded(words), folded(str((link.get("type") or {}).get("name") or ""))}
        if effect.other_key not in {None, other}:
            continue
        if effect.link_type is not None and folded(effect.link_type) not in kinds:
            continue
        try:
            await jira.unlink(str(link["id"]))
        except Missing:
            continue
        gone.append(other)
    return gone


def _end(link: Mapping[str, Any]) -> tuple[str, str]:
    """The other issue's key, and the words towards it."""
    kind = link.get("type") or {}
    if "outwardIssue" in link:
        return link["outwardIssue"]["key"], str(kind.get("outward") or "")
    return link["inwardIssue"]["key"], str(kind.get("inward") or "")


async def _rank(jira: JiraClient, effect: RankAtEnd) -> str | None:
    """Key of the issue next to which it stands then; None where there is no other."""
    where = f"({effect.jql}) AND " if effect.jql else ""
    order = "ASC" if effect.end == "top" else "DESC"
    jql = f'{where}key != "{effect.issue_key}" ORDER BY Rank {order}'
    page = await jira.search_page(jql, fields=("summary",), max_results=1)
    if not page.issues:
        return None
    other = page.issues[0]["key"]
    anchor = {"before": other} if effect.end == "top" else {"after": other}
    await jira.rank([effect.issue_key], **anchor)
    return other


async def _take_back(context: Context, jira_site: JiraSite, effect: TakeCommentBack) -> str | None:
    """Id of the comment; None where it does not stand any more."""
    jira, ours = jira_site.jira, LivingComment(effect.issue_key, effect.marker, "")
    known = await context.database.call_read(lambda tx: outbox.known_comment(tx, jira_site.id, ours))
    if known is None:
        standing = await jira.find_comment(
            effect.issue_key, property_key=MARKER_PROPERTY, value=ours.property_value
        )
        known = None if standing is None else standing["id"]
    if known is None:
        return None
    try:
        await jira.delete_comment(effect.issue_key, known)
    except Missing:
        known = None
    await context.database.call_write(partial(outbox.forget_comment, site_id=jira_site.id, effect=ours))
    return known


async def _create_version(jira: JiraClient, effect: CreateVersion) -> dict[str, Any]:
    listed = await jira.versions(effect.project_id)
    known = next((each for each in listed if folded(str(each.get("name"))) == folded(effect.name)), None)
    if known is not None:
        return {"version": known.get("name"), "note": "There was one of that name already."}
    made = await jira.create_version(
        effect.project_id,
        effect.name,
        description=effect.description,
        start=effect.start_on,
        release=effect.release_on,
    )
    return {"version": made.get("name"), "id": made.get("id")}
