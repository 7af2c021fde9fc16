"""One call to every address of the sandbox, in an order in which they work; capitals are filled in."""

from typing import Any

from tests.connectors.sandbox.support import adf

Call = tuple[str, str, Any]
"""Method, path below the site, JSON body (None is no body). `API` stands for `/rest/api/<version>`."""

LINK = {"type": {"name": "Blocks"}, "inwardIssue": {"key": "BURN-30"}, "outwardIssue": {"key": "BURN-31"}}
DATES = {"startDate": "2026-11-18T10:00:00.000Z", "endDate": "2026-12-01T10:00:00.000Z"}
REMOTE = {"globalId": "system=x&id=1", "object": {"url": "https://build.example/1", "title": "Build 1"}}


def text(version: str, words: str) -> Any:
    return adf(words) if version == "3" else words


ISSUE = "API/issue/BURN-30"


def platform(version: str, *, cloud: bool) -> list[Call]:
    """The calls that both editions know, with what differs filled in."""
    person = ("accountId", "5e2f9c1b7d40a80e8a1c3d03") if cloud else ("username", "aiko.tanabe")
    return [*_site(*person), *_issue(version, person[1]), *_texts(version), *_around(*person)]


def _site(key: str, value: str) -> list[Call]:
    return [
        ("GET", "API/serverInfo", None),
        ("GET", "API/myself", None),
        ("GET", "API/mypermissions?permissions=BROWSE_PROJECTS,ADD_COMMENTS", None),
        ("GET", "API/configuration", None),
        ("GET", "API/field", None),
        ("GET", "API/filter/10010", None),
        ("GET", "API/jql/autocompletedata", None),
        *(
            ("GET", f"API/{name}", None)
            for name in ("status", "issuetype", "priority", "resolution", "statuscategory")
        ),
        ("GET", "API/status/3", None),
        ("GET", "API/issuetype/10001", None),
        ("GET", "API/issuetype/99", None),
        ("GET", "API/priority/3", None),
        ("GET", "API/resolution/10000", None),
        ("GET", "API/statuscategory/2", None),
        ("GET", "API/issueLinkType", None),
        ("GET", "API/issueLinkType/10000", None),
        ("GET", f"API/user?{key}={value}", None),
        ("GET", f"API/user?{key}=nobody", None),
        ("GET", f"API/user/search?{'query' if key == 'accountId' else key}=aiko", None),
        ("GET", "API/user/assignable/search?project=BURN", None),
        ("GET", "API/user/assignable/multiProjectSearch?projectKeys=BURN", None),
        ("GET", "API/user/viewissue/search?issueKey=BURN-1&query=aiko&username=aiko", None),
        ("GET", "API/user/picker?query=aiko", None),
        ("GET", "API/groups/picker?query=x", None),
        ("GET", "API/groups/picker?query=jira", None),
        ("GET", "API/project", None),
        ("GET", "API/project/BURN", None),
        ("GET", "API/project/NOPE", None),
        ("GET", "API/project/BURN/statuses", None),
        ("GET", "API/project/BURN/role", None),
        ("GET", "API/project/BURN/role/10001", None),
        ("GET", "API/project/BURN/role/10002", None),
        ("GET", "API/project/BURN/role/1", None),
        ("POST", "API/component", {"project": "BURN", "name": "Web"}),
        ("GET", "API/project/BURN/components", None),
        ("GET", "API/component/10200", None),
        ("PUT", "API/component/10200", {"name": "Web shop"}),
        (
            "POST",
            "API/version",
            {"project": "BURN", "projectId": 10001, "name": "1.0", "releaseDate": "2026-12-24"},
        ),
        ("GET", "API/project/BURN/versions", None),
        ("GET", "API/project/BURN/version", None),
        ("GET", "API/version/10201", None),
        ("PUT", "API/version/10201", {"released": True}),
    ]


def _issue(version: str, person: str) -> list[Call]:
    new = {"project": {"key": "BURN"}, "issuetype": {"name": "Task"}, "summary": "New"}
    return [
        ("GET", "API/issue/createmeta/BURN/issuetypes", None),
        ("GET", "API/issue/createmeta/BURN/issuetypes/10002", None),
        (
            "GET",
            f"{ISSUE}?expand=changelog,renderedFields,names,schema,transitions,operations,editmeta",
            None,
        ),
        ("GET", "API/issue/BURN-9999", None),
        ("GET", f"{ISSUE}/editmeta", None),
        ("GET", f"{ISSUE}/transitions?expand=transitions.fields", None),
        ("POST", "API/issue", {"fields": {**new, "description": text(version, "x")}}),
        ("POST", "API/issue", {"fields": {"summary": "no project"}}),
        ("POST", "API/issue/bulk", {"issueUpdates": [{"fields": new}, {"fields": {}}]}),
        ("PUT", ISSUE, {"fields": {"components": [{"name": "Web shop"}], "fixVersions": [{"name": "1.0"}]}}),
        (
            "PUT",
            ISSUE,
            {"update": {"labels": [{"add": "x"}], "timetracking": [{"set": {"originalEstimate": "2d"}}]}},
        ),
        ("PUT", ISSUE, {"fields": {"status": {}}}),
        ("PUT", f"{ISSUE}/assignee", {"accountId": person, "name": person}),
        ("POST", f"{ISSUE}/notify", {"subject": "x", "textBody": "y", "to": {"assignee": True}}),
        ("POST", f"{ISSUE}/transitions", {"transition": {"id": "11"}}),
        ("POST", f"{ISSUE}/transitions", {"transition": {"id": "999"}}),
    ]


def _texts(version: str) -> list[Call]:
    comment = {"body": text(version, "hi")}
    worklog = {
        "timeSpent": "1h 30m",
        "started": "2026-11-17T10:00:00.000+0000",
        "comment": text(version, "done"),
    }
    return [
        ("POST", f"{ISSUE}/comment", comment),
        ("POST", f"{ISSUE}/comment", {"body": {}}),
        ("GET", f"{ISSUE}/comment?expand=renderedBody", None),
        ("GET", f"{ISSUE}/comment/COMMENT", None),
        ("PUT", f"{ISSUE}/comment/COMMENT", comment),
        ("PUT", "API/comment/COMMENT/properties/a", {"b": 1}),
        ("GET", "API/comment/COMMENT/properties", None),
        ("GET", "API/comment/COMMENT/properties/a", None),
        ("DELETE", "API/comment/COMMENT/properties/a", None),
        ("POST", f"{ISSUE}/worklog", worklog),
        ("GET", f"{ISSUE}/worklog", None),
        ("GET", f"{ISSUE}/worklog/60000", None),
        ("PUT", f"{ISSUE}/worklog/60000", {"timeSpentSeconds": 60}),
        ("GET", "API/worklog/updated?since=0", None),
        ("POST", "API/worklog/list", {"ids": [60000]}),
        ("DELETE", f"{ISSUE}/worklog/60000", None),
        ("GET", "API/worklog/deleted?since=0", None),
    ]


def _around(key: str, value: str) -> list[Call]:
    return [
        ("POST", f"{ISSUE}/watchers", value),
        ("GET", f"{ISSUE}/watchers", None),
        ("DELETE", f"{ISSUE}/watchers?{key}={value}", None),
        ("POST", f"{ISSUE}/votes", None),
        ("GET", f"{ISSUE}/votes", None),
        ("DELETE", f"{ISSUE}/votes", None),
        ("POST", f"{ISSUE}/remotelink", REMOTE),
        ("POST", f"{ISSUE}/remotelink", REMOTE),
        ("POST", f"{ISSUE}/remotelink", {"object": {}}),
        ("GET", f"{ISSUE}/remotelink", None),
        ("GET", f"{ISSUE}/remotelink/10202", None),
        ("PUT", f"{ISSUE}/remotelink/10202", REMOTE),
        ("DELETE", f"{ISSUE}/remotelink/10202", None),
        ("POST", f"{ISSUE}/remotelink", REMOTE),
        ("DELETE", f"{ISSUE}/remotelink?globalId=system%3Dx%26id%3D1", None),
        ("POST", "API/issueLink", LINK),
        ("GET", "API/issueLink/LINK", None),
        ("DELETE", "API/issueLink/LINK", None),
        ("PUT", f"{ISSUE}/properties/a", {"b": 1}),
        ("GET", f"{ISSUE}/properties", None),
        ("GET", f"{ISSUE}/properties/a", None),
        ("DELETE", f"{ISSUE}/properties/a", None),
        ("PUT", "API/project/BURN/properties/a", {"b": 1}),
        ("GET", "API/project/BURN/properties", None),
        ("GET", "API/project/BURN/properties/a", None),
        ("DELETE", "API/project/BURN/properties/a", None),
        ("GET", "API/attachment/meta", None),
        ("POST", f"{ISSUE}/attachments", "FILE"),
        ("GET", "API/attachment/ATTACHMENT", None),
        ("DELETE", "API/attachment/ATTACHMENT", None),
        ("POST", "API/version/10201/removeAndSwap", {}),
        ("DELETE", "API/component/10200", None),
        ("DELETE", f"{ISSUE}/comment/COMMENT", None),
        ("DELETE", "API/issue/BURN-31?deleteSubtasks=true", None),
    ]


CLOUD_ONLY: list[Call] = [
    ("GET", "API/field/search?type=custom", None),
    ("GET", "API/label", None),
    ("GET", "API/filter/99", None),
    ("GET", "API/statuses?id=3", None),
    ("GET", "API/statuses/search?searchString=done", None),
    ("GET", "API/priority/search", None),
    ("GET", "API/resolution/search", None),
    ("GET", "API/user/bulk?accountId=5e2f9c1b7d40a80e8a1c3d03", None),
    ("GET", "API/users", None),
    ("GET", "API/users/search", None),
    ("GET", "API/project/search?keys=BURN", None),
    ("GET", "API/project/BURN/component", None),
    ("POST", "API/jql/parse?validation=strict", {"queries": ["project = BURN", "colour = red"]}),
    ("POST", "API/jql/match", {"issueIds": [10100], "jqls": ["project = BURN"]}),
    ("GET", "API/issue/createmeta?projectKeys=BURN&expand=projects.issuetypes.fields", None),
    ("GET", "API/issue/BURN-20/changelog?maxResults=3", None),
    ("POST", "API/issue/BURN-20/changelog/list", {"changelogIds": [20100]}),
    ("POST", "API/changelog/bulkfetch", {"issueIdsOrKeys": ["BURN-20"]}),
    ("POST", "API/issue/bulkfetch", {"issueIdsOrKeys": ["BURN-20", "BURN-9999"]}),
    ("GET", "API/search/jql?jql=project%3DBURN&fields=*all&expand=names,schema,renderedFields", None),
    ("POST", "API/search/jql", {"jql": "project = BURN", "maxResults": 3, "reconcileIssues": [10100]}),
    ("GET", "API/search/jql?jql=colour%3Dred", None),
    ("POST", "API/search/approximate-count", {"jql": "project = BURN"}),
    ("POST", "API/comment/list", {"ids": [30000]}),
    ("GET", "API/webhook", None),
    ("POST", "API/webhook", {"url": "https://x.example", "webhooks": []}),
    ("PUT", "API/webhook/refresh", {"webhookIds": [1]}),
    ("DELETE", "API/webhook", {"webhookIds": [1]}),
]

DATA_CENTER_ONLY: list[Call] = [
    ("GET", "API/search?jql=project%3DBURN&maxResults=3&expand=names,schema,changelog&fields=*all", None),
    ("POST", "API/search", {"jql": "project = BURN", "maxResults": 3, "fields": ["summary"], "expand": []}),
    ("GET", "API/search?jql=colour%3Dred", None),
    ("GET", "API/issue/BURN-30/subtask", None),
    ("GET", "API/user/list", None),
    ("GET", "API/priority/page", None),
    ("GET", "API/resolution/page", None),
    ("GET", "API/status/page", None),
    ("GET", "/rest/auth/1/session", None),
]

AGILE: list[Call] = [
    ("GET", "/rest/agile/1.0/board?type=scrum", None),
    ("GET", "/rest/agile/1.0/board/1", None),
    ("GET", "/rest/agile/1.0/board/9", None),
    ("POST", "/rest/agile/1.0/board", {"name": "Third", "type": "kanban", "filterId": 10010}),
    ("DELETE", "/rest/agile/1.0/board/3", None),
    ("GET", "/rest/agile/1.0/board/1/configuration", None),
    ("GET", "/rest/agile/1.0/board/2/configuration", None),
    ("GET", "/rest/agile/1.0/board/1/sprint?state=closed,active", None),
    ("GET", "/rest/agile/1.0/board/2/sprint", None),
    ("GET", "/rest/agile/1.0/board/1/project", None),
    ("GET", "/rest/agile/1.0/board/1/version", None),
    ("GET", "/rest/agile/1.0/board/1/issue?maxResults=3&expand=changelog", None),
    ("GET", "/rest/agile/1.0/board/1/backlog?maxResults=3", None),
    ("GET", "/rest/agile/1.0/board/1/sprint/3/issue?fields=summary", None),
    ("GET", "/rest/agile/1.0/board/1/epic", None),
    ("GET", "/rest/agile/1.0/board/1/epic/none/issue?maxResults=2", None),
    ("GET", "/rest/agile/1.0/board/1/epic/10101/issue?maxResults=2", None),
    ("GET", "/rest/agile/1.0/epic/BURN-2", None),
    ("POST", "/rest/agile/1.0/epic/BURN-2", {"summary": "Checkout"}),
    ("GET", "/rest/agile/1.0/epic/BURN-2/issue?maxResults=2", None),
    ("POST", "/rest/agile/1.0/epic/BURN-2/issue", {"issues": ["BURN-32"]}),
    ("POST", "/rest/agile/1.0/epic/none/issue", {"issues": ["BURN-32"]}),
    ("GET", "/rest/agile/1.0/epic/none/issue?maxResults=2", None),
    ("GET", "/rest/agile/1.0/issue/BURN-32", None),
    ("GET", "/rest/agile/1.0/issue/BURN-32/estimation?boardId=1", None),
    ("PUT", "/rest/agile/1.0/issue/BURN-32/estimation?boardId=1", {"value": "8"}),
    ("PUT", "/rest/agile/1.0/issue/rank", {"issues": ["BURN-32"], "rankBeforeIssue": "BURN-33"}),
    ("POST", "/rest/agile/1.0/sprint", {"name": "Extra", "originBoardId": 1}),
    ("POST", "/rest/agile/1.0/sprint/4", {"state": "active", **DATES}),
    ("PUT", "/rest/agile/1.0/sprint/4", {"name": "E", "state": "active", **DATES}),
    ("GET", "/rest/agile/1.0/sprint/4", None),
    ("POST", "/rest/agile/1.0/sprint/4/issue", {"issues": ["BURN-32"]}),
    ("GET", "/rest/agile/1.0/sprint/4/issue", None),
    ("POST", "/rest/agile/1.0/backlog/issue", {"issues": ["BURN-32"]}),
    ("PUT", "/rest/agile/1.0/sprint/4/properties/a", {"b": 1}),
    ("GET", "/rest/agile/1.0/sprint/4/properties", None),
    ("GET", "/rest/agile/1.0/sprint/4/properties/a", None),
    ("DELETE", "/rest/agile/1.0/sprint/4/properties/a", None),
    ("PUT", "/rest/agile/1.0/board/1/properties/a", {"b": 1}),
    ("GET", "/rest/agile/1.0/board/1/properties", None),
    ("GET", "/rest/agile/1.0/board/1/properties/a", None),
    ("DELETE", "/rest/agile/1.0/board/1/properties/a", None),
    ("DELETE", "/rest/agile/1.0/sprint/4", None),
]
CLOUD_AGILE: list[Call] = [
    ("GET", "/rest/agile/1.0/board/filter/10010", None),
    ("GET", "/rest/agile/1.0/board/1/features", None),
    ("POST", "/rest/agile/1.0/backlog/1/issue", {"issues": ["BURN-32"]}),
]
