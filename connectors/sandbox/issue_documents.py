"""An issue as JSON: REST v3 (texts in ADF, sprints as objects), and the REST v2 view of webhooks."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from .adf import to_wiki
from .catalogue import FLAGGED_FIELD, IMPEDIMENT, POINTS_FIELD, RANK_FIELD, SPRINT_FIELD
from .documents import Document, Documents, zulu
from .model import Adf, Comment, Issue
from .ranks import shown

EMBEDDED_HISTORIES = 40
"""`expand=changelog` embeds no more than the newest entries; the rest must be paged."""
EMBEDDED_COMMENTS = 20

ALWAYS_EMPTY: Document = {
    **dict.fromkeys(("environment", "security", "lastViewed", "timespent", "aggregatetimespent")),
    **dict.fromkeys(("timeestimate", "timeoriginalestimate")),
    **dict.fromkeys(("aggregatetimeestimate", "aggregatetimeoriginalestimate")),
    "components": [],
    "fixVersions": [],
    "versions": [],
    "timetracking": {},
    "workratio": -1,
    "progress": {"progress": 0, "total": 0},
    "aggregateprogress": {"progress": 0, "total": 0},
    "issuerestriction": {"issuerestrictions": {}, "shouldDisplay": False},
    "worklog": {"startAt": 0, "maxResults": 20, "total": 0, "worklogs": []},
}
"""What real issues carry and nobody in the sandbox uses."""

COMMENT_EVENT_FIELDS = ("summary", "issuetype", "project", "assignee", "priority", "status")
"""All that a comment webhook shows of its issue."""

NOT_NAVIGABLE = frozenset({"comment", "attachment", "worklog"})


def _empty(name: str, _: Documents, __: Issue) -> Any:
    return ALWAYS_EMPTY[name]


def text(docs: Documents, document: Adf | None) -> Adf | str | None:
    """A text: ADF in v3, wiki markup in v2."""
    if document is None or docs.version == "3":
        return document
    return to_wiki(document)


def _count(docs: Documents, issue: Issue, path: str, number: str, mine: str) -> Document:
    return {"self": f"{docs.api}/issue/{issue.key}/{path}", number: 0, mine: False}


def _flag(docs: Documents) -> list[Document]:
    return [{"self": f"{docs.api}/customFieldOption/{IMPEDIMENT}", "value": "Impediment", "id": IMPEDIMENT}]


def sprint_field(docs: Documents, issue: Issue) -> list[Document] | None:
    """The Sprint field: closed sprints stay in it; null when it never had one."""
    sprints = [docs.site.sprints[number] for number in docs.site.sprints_of(issue)]
    documents = [
        {
            "id": sprint.id,
            "name": sprint.name,
            "state": sprint.state,
            "boardId": sprint.board_id,
            "goal": sprint.goal,
            "startDate": zulu(sprint.start),
            "endDate": zulu(sprint.end),
            "completeDate": zulu(sprint.completed),
        }
        for sprint in sprints
    ]
    kept = [{name: value for name, value in one.items() if value is not None} for one in documents]
    return kept or None


def _embedded_comments(docs: Documents, issue: Issue) -> Document:
    shown_comments = [comment_document(docs, issue, one) for one in issue.comments[:EMBEDDED_COMMENTS]]
    return {
        "comments": shown_comments,
        "self": f"{docs.api}/issue/{issue.id}/comment",
        "maxResults": len(shown_comments),
        "total": len(issue.comments),
        "startAt": 0,
    }


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
        "jsdPublic": True,
    }
    if properties:
        document["properties"] = [{"key": key, "value": value} for key, value in comment.properties.items()]
    return document


def chosen(wanted: Iterable[str], default: str) -> list[str]:
    """Which fields an answer has: `*all`, `*navigable`, names, and `-name` to leave one out."""
    asked = [name.strip() for entry in wanted for name in entry.split(",") if name.strip()] or [default]
    names: dict[str, None] = {}
    for name in asked:
        if name in {"*all", "*navigable"}:
            names.update({each: None for each in FIELDS if name == "*all" or each not in NOT_NAVIGABLE})
        elif name.startswith("-"):
            names.pop(name[1:], None)
        else:
            names[name] = None
    if all(name.startswith("-") for name in asked):
        left_out = {name[1:] for name in asked}
        names = dict.fromkeys(name for name in FIELDS if name not in left_out)
    return [name for name in names if name in FIELDS]


def fields(docs: Documents, issue: Issue, names: Iterable[str]) -> Document:
    """The chosen fields; `parent` is left out, not null, where there is none."""
    found = {name: FIELDS[name](docs, issue) for name in names}
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
        newest = issue.histories[: -EMBEDDED_HISTORIES - 1 : -1]
        histories = [docs.history(history) for history in newest]
        page = {"startAt": 0, "maxResults": len(histories), "total": len(issue.histories)}
        document["changelog"] = {**page, "histories": histories}
    if properties:
        document["properties"] = {key: issue.properties[key] for key in properties if key in issue.properties}
    return document


EXPAND = "renderedFields,names,schema,operations,editmeta,changelog,versionedRepresentations"


FIELDS: dict[str, Callable[[Documents, Issue], Any]] = {
    "summary": lambda _, issue: issue.summary,
    "statuscategorychangedate": lambda docs, issue: docs.instant(issue.status_changed),
    "issuetype": lambda docs, issue: docs.issue_type(issue.type),
    "project": lambda docs, _: docs.project(docs.site.project),
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
    "subtasks": lambda docs, issue: [docs.brief(docs.site.issues[child]) for child in issue.subtasks],
    "watches": lambda docs, issue: _count(docs, issue, "watchers", "watchCount", "isWatching"),
    "votes": lambda docs, issue: _count(docs, issue, "votes", "votes", "hasVoted"),
    "issuelinks": lambda docs, issue: [docs.link(link, issue) for link in issue.links],
    "attachment": lambda docs, issue: [docs.attachment(attachment) for attachment in issue.attachments],
    "comment": _embedded_comments,
    "parent": lambda docs, issue: docs.brief(docs.site.issues[issue.parent]) if issue.parent else None,
    SPRINT_FIELD: sprint_field,
    POINTS_FIELD: lambda _, issue: issue.points,
    RANK_FIELD: lambda _, issue: shown(issue.rank),
    FLAGGED_FIELD: lambda docs, issue: _flag(docs) if issue.flagged else None,
    **{name: partial(_empty, name) for name in ALWAYS_EMPTY},
}
