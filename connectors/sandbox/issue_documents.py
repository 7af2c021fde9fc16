"""An issue as JSON, for REST v3 (texts in ADF) or v2 (wiki markup); webhooks and the agile API are v2 too."""

from collections.abc import Callable, Iterable
from typing import Any

from .catalogue import IMPEDIMENT, SYSTEM_FIELDS
from .documents import Documents
from .edition import Document
from .model import Comment, Issue, Text, Worklog
from .ranks import shown
from .texts import as_adf, as_wiki

EMBEDDED_COMMENTS = 20
EMBEDDED_WORKLOGS = 20

COMMENT_EVENT_FIELDS = ("summary", "issuetype", "project", "assignee", "priority", "status")
"""All that a comment webhook of Cloud shows of its issue."""

NOT_NAVIGABLE = frozenset({"comment", "attachment", "worklog"})
CLOUD_ONLY = frozenset({"statuscategorychangedate", "issuerestriction"})

EXPAND = "renderedFields,names,schema,operations,editmeta,changelog,versionedRepresentations"


def text(docs: Documents, written: Text | None) -> Text | None:
    """A text in the reader's form."""
    if written is None:
        return None
    return as_adf(written) if docs.version == "3" else as_wiki(written)


def duration(seconds: int) -> str:
    """`1d 2h 30m`: days of eight hours, as Jira is set up out of the box."""
    hours, minutes = divmod(seconds // 60, 60)
    days, hours = divmod(hours, 8)
    parts = ((days, "d"), (hours, "h"), (minutes, "m"))
    return " ".join(f"{amount}{unit}" for amount, unit in parts if amount) or "0m"


def comment_document(
    docs: Documents, issue: Issue, comment: Comment, *, properties: bool = False
) -> Document:
    document: Document = {
        "self": f"{docs.api}/issue/{issue.id}/comment/{comment.id}",
        "id": str(comment.id),
        "author": docs.user(comment.author),
        "body": text(docs, comment.body),
        "updateAuthor": docs.user(comment.update_author),
        "created": docs.instant(comment.created),
        "updated": docs.instant(comment.updated),
        **({"jsdPublic": True} if docs.site.edition.cloud else {}),
        **({"visibility": comment.visibility} if comment.visibility else {}),
    }
    if properties:
        document["properties"] = [{"key": key, "value": value} for key, value in comment.properties.items()]
    return document


def worklog_document(docs: Documents, worklog: Worklog) -> Document:
    document = {
        "self": f"{docs.api}/issue/{worklog.issue_id}/worklog/{worklog.id}",
        "author": docs.user(worklog.author),
        "updateAuthor": docs.user(worklog.update_author),
        "comment": text(docs, worklog.comment),
        "created": docs.instant(worklog.created),
        "updated": docs.instant(worklog.updated),
        "started": docs.instant(worklog.started),
        "timeSpent": duration(worklog.seconds),
        "timeSpentSeconds": worklog.seconds,
        "id": str(worklog.id),
        "issueId": str(worklog.issue_id),
    }
    return {name: value for name, value in document.items() if value is not None}


def _embedded_comments(docs: Documents, issue: Issue) -> Document:
    cloud = docs.site.edition.cloud
    part = issue.comments[:EMBEDDED_COMMENTS] if cloud else issue.comments
    return {
        "comments": [comment_document(docs, issue, one) for one in part],
        **({"self": f"{docs.api}/issue/{issue.id}/comment"} if cloud else {}),
        "maxResults": len(part),
        "total": len(issue.comments),
        "startAt": 0,
    }


def _embedded_worklogs(docs: Documents, issue: Issue) -> Document:
    part = [worklog_document(docs, one) for one in issue.worklogs[:EMBEDDED_WORKLOGS]]
    page = {"startAt": 0, "maxResults": EMBEDDED_WORKLOGS, "total": len(issue.worklogs)}
    return {**page, "worklogs": part}


def _spent(issue: Issue) -> int | None:
    return sum(one.seconds for one in issue.worklogs) or None


def _left(issue: Issue) -> int | None:
    return None if issue.estimate is None else max(0, issue.estimate - (_spent(issue) or 0))


def _time(issue: Issue) -> Document:
    amounts = {
        "originalEstimate": issue.estimate,
        "remainingEstimate": _left(issue),
        "timeSpent": _spent(issue),
    }
    known = {name: amount for name, amount in amounts.items() if amount is not None}
    words = {name: duration(amount) for name, amount in known.items()}
    return words | {f"{name}Seconds": amount for name, amount in known.items()}


def _count(docs: Documents, issue: Issue, name: str) -> Document:
    people, number, mine = (
        (issue.watchers, "watchCount", "isWatching")
        if name == "watchers"
        else (issue.voters, "votes", "hasVoted")
    )
    address = f"{docs.api}/issue/{issue.key}/{name}"
    return {"self": address, number: len(people), mine: docs.site.account.account_id in people}


def _flag(docs: Documents, issue: Issue) -> list[Document] | None:
    address = f"{docs.api}/customFieldOption/{IMPEDIMENT}"
    return [{"self": address, "value": "Impediment", "id": IMPEDIMENT}] if issue.flagged else None


def _epic_link(docs: Documents, issue: Issue) -> str | None:
    """The key of the epic; sub-tasks have none of their own."""
    epic = docs.site.issues.get(issue.parent or 0)
    return epic.key if epic and not issue.type.subtask else None


def _sprints(docs: Documents, issue: Issue) -> list[Any] | None:
    """The Sprint field: closed sprints stay in it; null when it never had one."""
    site = docs.site
    known = (site.sprints[number] for number in site.sprints_of(issue) if number in site.sprints)
    return site.edition.sprints(known) or None


def _seen(docs: Documents, numbers: Iterable[int]) -> list[Issue]:
    found = (docs.site.issues.get(number) for number in numbers)
    return [issue for issue in found if issue and issue.concealed != "hidden"]


def _parent(docs: Documents, issue: Issue) -> Document | None:
    if not docs.site.edition.shows_parent(issue):
        return None
    return next((docs.brief(one) for one in _seen(docs, [issue.parent or 0])), None)


def _security(docs: Documents, issue: Issue) -> Document | None:
    if (level := issue.security) is None:
        return None
    address = f"{docs.api}/securitylevel/{level.id}"
    return {"self": address, "id": level.id, "name": level.name, "description": level.description}


def _links(docs: Documents, issue: Issue) -> list[Document]:
    ends = {number for link in issue.links for number in (link.source, link.destination)} - {issue.id}
    shown_ends = {one.id for one in _seen(docs, ends)}
    return [docs.link(link, issue) for link in issue.links if {link.source, link.destination} & shown_ends]


def chosen(docs: Documents, wanted: Iterable[str], default: str) -> list[str]:
    """Which fields an answer has: `*all`, `*navigable`, names, and `-name` to leave one out."""
    known = [name for name in (*FIELDS, *docs.site.catalogue.fields) if _exists(docs, name)]
    asked = [name.strip() for entry in wanted for name in str(entry).split(",") if name.strip()] or [default]
    names: dict[str, None] = {}
    for name in asked:
        if name in {"*all", "*navigable"}:
            names.update({each: None for each in known if name == "*all" or each not in NOT_NAVIGABLE})
        elif name.startswith("-"):
            names.pop(name[1:], None)
        else:
            names[name] = None
    if all(name.startswith("-") for name in asked):
        left_out = {name[1:] for name in asked}
        names = dict.fromkeys(name for name in known if name not in left_out)
    present = frozenset(known)
    return [name for name in names if name in present]


def _exists(docs: Documents, name: str) -> bool:
    return docs.site.edition.cloud or name not in CLOUD_ONLY


def field(docs: Documents, issue: Issue, name: str) -> Any:
    if name in FIELDS:
        return FIELDS[name](docs, issue)
    role = docs.site.catalogue.fields[name].role
    return ROLES[role](docs, issue) if role in ROLES else issue.extra.get(name)


def fields(docs: Documents, issue: Issue, names: Iterable[str]) -> Document:
    """The chosen fields; `parent` is left out, not null, where there is none."""
    found = {name: field(docs, issue, name) for name in names}
    if found.get("parent", ...) is None:
        del found["parent"]
    return found


def issue_document(
    docs: Documents,
    issue: Issue,
    names: list[str],
    *,
    changelog: bool = False,
    properties: Iterable[str] = (),
) -> Document:
    """An issue as REST answers it; asked for `id` alone there is no `fields` at all."""
    document: Document = {"expand": EXPAND, "id": str(issue.id), "self": f"{docs.api}/issue/{issue.id}"}
    document["key"] = issue.key
    if names:
        document["fields"] = fields(docs, issue, names)
    if changelog:
        histories = [docs.history(history) for history in docs.site.edition.embedded(issue.histories)]
        page = {"startAt": 0, "maxResults": len(histories), "total": len(issue.histories)}
        document["changelog"] = {**page, "histories": histories}
    if properties:
        document["properties"] = {key: issue.properties[key] for key in properties if key in issue.properties}
    return document


FIELDS: dict[str, Callable[[Documents, Issue], Any]] = {
    "summary": lambda _, issue: issue.summary,
    "statuscategorychangedate": lambda docs, issue: docs.instant(issue.status_changed),
    "issuetype": lambda docs, issue: docs.issue_type(issue.type),
    "project": lambda docs, issue: docs.project(issue.project),
    "status": lambda docs, issue: docs.status(issue.status),
    "resolution": lambda docs, issue: docs.named("resolution", issue.resolution),
    "resolutiondate": lambda docs, issue: docs.instant(issue.resolved),
    "priority": lambda docs, issue: docs.named("priority", issue.priority),
    "created": lambda docs, issue: docs.instant(issue.created),
    "updated": lambda docs, issue: docs.instant(issue.updated),
    "duedate": lambda _, issue: issue.due and issue.due.isoformat(),
    "labels": lambda _, issue: list(issue.labels),
    "assignee": lambda docs, issue: docs.user(issue.assignee),
    "reporter": lambda docs, issue: docs.user(issue.reporter),
    "creator": lambda docs, issue: docs.user(issue.creator),
    "description": lambda docs, issue: text(docs, issue.description),
    "environment": lambda docs, issue: text(docs, issue.environment),
    "components": lambda docs, issue: [docs.component_brief(one) for one in issue.components],
    "fixVersions": lambda docs, issue: [docs.version_of(one) for one in issue.fix_versions],
    "versions": lambda docs, issue: [docs.version_of(one) for one in issue.versions],
    "subtasks": lambda docs, issue: [docs.brief(one) for one in _seen(docs, issue.subtasks)],
    "watches": lambda docs, issue: _count(docs, issue, "watchers"),
    "votes": lambda docs, issue: _count(docs, issue, "votes"),
    "issuelinks": _links,
    "attachment": lambda docs, issue: [docs.attachment(attachment) for attachment in issue.attachments],
    "comment": _embedded_comments,
    "worklog": _embedded_worklogs,
    "parent": _parent,
    "timespent": lambda _, issue: _spent(issue),
    "aggregatetimespent": lambda _, issue: _spent(issue),
    "timeestimate": lambda _, issue: _left(issue),
    "aggregatetimeestimate": lambda _, issue: _left(issue),
    "timeoriginalestimate": lambda _, issue: issue.estimate,
    "aggregatetimeoriginalestimate": lambda _, issue: issue.estimate,
    "timetracking": lambda _, issue: _time(issue),
    "security": _security,
    "lastViewed": lambda _, __: None,
    "workratio": lambda _, __: -1,
    "progress": lambda _, __: {"progress": 0, "total": 0},
    "aggregateprogress": lambda _, __: {"progress": 0, "total": 0},
    "issuerestriction": lambda _, __: {"issuerestrictions": {}, "shouldDisplay": False},
}

ROLES: dict[str, Callable[[Documents, Issue], Any]] = {
    "sprint": _sprints,
    "points": lambda _, issue: issue.points,
    "rank": lambda _, issue: shown(issue.rank),
    "flagged": _flag,
    "epic": _epic_link,
    "epic name": lambda _, issue: issue.summary if issue.type.level > 0 else None,
}


def names_of(docs: Documents, names: Iterable[str]) -> dict[str, str]:
    """`expand=names`: field id to what people call it."""
    custom = docs.site.catalogue.fields
    return {
        name: custom[name].name if name in custom else SYSTEM_FIELDS.get(name, (name,))[0] for name in names
    }
