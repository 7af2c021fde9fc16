"""Where Atlassian's descriptions of Jira are wrong or silent, each with the reason."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

EXEMPT: Mapping[str, str] = {
    "/rest/webhooks/1.0/webhook": "admin webhooks have a documentation page, but stand in no description",
    "/rest/jira-webhook/1.0/webhooks": "Data Center from 10 on: described by its schema RestWebhook only",
    "/rest/software/1.0": "the issue lists of 2026 are newer than the description of Jira Software at hand",
    "/rest/api/2/serverInfo": "tells the edition; Cloud serves v2 too, its description at hand is of v3",
    "/_edge/tenant_info": "tells a site's cloudId; documented on a page only",
    "/oauth/token": "of Atlassian's log-in, not of Jira",
}
"""Paths that no description knows, each with the reason."""

ALWAYS_POSSIBLE = frozenset({401, 403, 429, 500, 502, 503, 504})
"""Statuses of gateways, log-in and rate limits: any operation may answer so, few descriptions list them."""

DELIBERATE: Mapping[str, str] = {
    "fail_next": "status and headers are the test's, whatever Jira would say",
    "login_page": "a page for people where JSON belongs",
    "expired_token": "a refusal, whatever the credentials",
    "captcha": "a refusal, whatever the credentials",
    "redirect": "sends to a page for people where JSON belongs",
}
"""Faults of the sandbox that put an answer in the place of Jira's, each with what it breaks."""

_TEXT = {"type": "string"}
_TEXT_OR_NULL = {"type": "string", "nullable": True}
_SPRINT = {
    "type": "object",
    "required": ["id", "self", "state", "name"],
    "properties": {
        "id": {"type": "integer"},
        "originBoardId": {"type": "integer"},
        "state": {"enum": ["future", "active", "closed"]},
        **dict.fromkeys(("self", "name", "goal"), _TEXT),
        **dict.fromkeys(("startDate", "endDate", "completeDate", "createdDate"), _TEXT),
    },
}
_SPRINT_PAGE = {
    "type": "object",
    "required": ["isLast", "maxResults", "startAt", "values"],
    "properties": {
        "isLast": {"type": "boolean"},
        "maxResults": {"type": "integer"},
        "startAt": {"type": "integer"},
        "total": {"type": "integer"},
        "values": {"type": "array", "items": _SPRINT},
    },
}
_CHANGE = ("components", "schemas", "ChangeDetails", "properties")
_ANSWER = ("responses", "200", "content", "application/json", "schema")


@dataclass(frozen=True)
class Defect:
    """`at` is replaced by `should_be`, because the description is wrong there."""

    at: tuple[str, ...]
    should_be: object
    reason: str


_BULK_CHANGE = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "id": _TEXT,
        "created": {"type": "integer"},
        "author": {"$ref": "#/components/schemas/UserDetails"},
        "historyMetadata": {"$ref": "#/components/schemas/HistoryMetadata"},
        "items": {"type": "array", "items": {"$ref": "#/components/schemas/ChangeDetails"}},
    },
}

_CLOUD_DEFECTS: Mapping[str, tuple[Defect, ...]] = {
    "cloud-platform-v3.json": (
        *(
            Defect((*_CHANGE, key), _TEXT_OR_NULL, "recorded changelogs are full of nulls here")
            for key in ("from", "fromString", "to", "toString")
        ),
        *(
            Defect((*_CHANGE, key), _TEXT_OR_NULL, "recorded changelogs have it for user fields")
            for key in ("tmpFromAccountId", "tmpToAccountId")
        ),
        Defect(
            ("components", "schemas", "User", "properties", "accountId"),
            _TEXT_OR_NULL,
            "the operation's own text: null sets the issue to unassigned",
        ),
        Defect(
            ("components", "schemas", "ServerInformation", "properties", "defaultLocale"),
            {"type": "object"},
            "its own example has it",
        ),
        Defect(
            ("components", "schemas", "IssueChangeLog", "properties", "changeHistories", "items"),
            _BULK_CHANGE,
            "says that `created` is text; its own example and real sites have a number",
        ),
        Defect(
            ("components", "schemas", "SearchAndReconcileResults", "properties", "nextPageToken"),
            _TEXT_OR_NULL,
            'its own text: "if this result represents the last page this token will be null"',
        ),
    ),
    "cloud-software.json": (
        *(
            Defect(
                ("paths", "/rest/agile/1.0/board/{boardId}/configuration", "get", *_ANSWER, *location, key),
                _TEXT,
                "its own example and recorded answers have it",
            )
            for location in [("properties", "location", "properties")]
            for key in ("id", "key", "name", "self")
        ),
        Defect(
            ("paths", "/rest/agile/1.0/board/{boardId}/sprint", "get", *_ANSWER),
            _SPRINT_PAGE,
            "it has an example and no schema; this is the schema of the example",
        ),
        Defect(
            ("paths", "/rest/agile/1.0/sprint/{sprintId}", "get", *_ANSWER),
            _SPRINT,
            "it has an example and no schema; this is the schema of the example",
        ),
    ),
}

_ANYTHING: dict[str, Any] = {}
_LIST_AS_TEXT = "called a list of objects, but sent as text: summary,status"


def _data_center_answer(path: str, schema: object, *, status: str = "200") -> tuple[tuple[str, ...], object]:
    answer = ("responses", status, "content", "application/json", "schema")
    return ("paths", f"/rest{path}", "get", *answer), schema


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def _page(items: dict[str, Any]) -> dict[str, Any]:
    numbers = {name: {"type": "integer"} for name in ("startAt", "maxResults", "total")}
    listed = {"values": {"type": "array", "items": items}, "isLast": {"type": "boolean"}}
    return {"type": "object", "required": ["values", "startAt"], "properties": numbers | listed}


_ITEM_FOR_LIST = "its operation gives all of them; the description has the schema of one"
_DATA_CENTER_LISTS = (
    _data_center_answer("/api/2/field", {"type": "array", "items": _ref("FieldBean")}),
    _data_center_answer("/api/2/status", {"type": "array", "items": _ref("StatusJsonBean")}),
    _data_center_answer("/api/2/project", {"type": "array", "items": _ref("ProjectBean")}),
    *(
        _data_center_answer(f"/api/2/{path}", {"type": "array", "items": _ref(bean)})
        for path, bean in (
            ("issue/{issueIdOrKey}/remotelink", "RemoteIssueLinkBean"),
            ("issue/{issueIdOrKey}/subtask", "IssueRefJsonBean"),
            ("issuetype", "IssueTypeJsonBean"),
            ("priority", "PriorityJsonBean"),
            ("project/{projectIdOrKey}/components", "ComponentBean"),
            ("project/{projectIdOrKey}/statuses", "IssueTypeWithStatusJsonBean"),
            ("project/{projectIdOrKey}/versions", "VersionBean"),
            ("resolution", "ResolutionJsonBean"),
            ("statuscategory", "StatusCategoryJsonBean"),
            ("user/assignable/multiProjectSearch", "UserBean"),
            ("user/assignable/search", "UserBean"),
            ("user/search", "UserBean"),
            ("user/viewissue/search", "UserBean"),
        )
    ),
    _data_center_answer("/agile/1.0/board", _page(_ref("BoardBean"))),
    _data_center_answer("/agile/1.0/board/{boardId}/sprint", _page(_ref("SprintBean"))),
    _data_center_answer("/agile/1.0/board/{boardId}/issue", _ref("SearchResultsBean")),
    _data_center_answer("/agile/1.0/board/{boardId}/backlog", _ref("SearchResultsBean")),
)
_WORKLOGS = ("paths", "/rest/api/2/worklog/list", "post")
_ATTACHMENTS = ("paths", "/rest/api/2/issue/{issueIdOrKey}/attachments", "post")
_JSON_BODY = {"required": True, "content": {"application/json": {"schema": _ANYTHING}}}

DEFECTS: Mapping[str, tuple[Defect, ...]] = {
    **_CLOUD_DEFECTS,
    "datacenter-10.3.json": (
        *(Defect(at, schema, _ITEM_FOR_LIST) for at, schema in _DATA_CENTER_LISTS),
        Defect(
            (*_ATTACHMENTS, *_ANSWER), {"type": "array", "items": _ref("AttachmentJsonBean")}, _ITEM_FOR_LIST
        ),
        Defect((*_WORKLOGS, *_ANSWER), {"type": "array", "items": _ref("worklog")}, _ITEM_FOR_LIST),
        *(
            Defect(
                ("components", "schemas", bean, "properties", fields),
                {"type": "object"},
                "says that every field is an object; its own example has texts and lists",
            )
            for bean, fields in (
                ("IssueBean", "fields"),
                ("IssueBean", "renderedFields"),
                ("IssueUpdateBean", "fields"),
            )
        ),
        Defect(
            ("components", "schemas", "FieldValueBean", "properties", "value"),
            _ANYTHING,
            "says object; its own example is a number",
        ),
        *(
            Defect(
                ("components", "schemas", "AutoCompleteResponseBean", "properties", names, "items"),
                {"type": "object"},
                "says text; its own example has objects",
            )
            for names in ("visibleFieldNames", "visibleFunctionNames")
        ),
        Defect(
            ("paths", "/rest/agile/1.0/board/{boardId}/properties/{propertyKey}", "put", "responses", "200"),
            {},
            "has the schema of the list of keys; its own text, and 201, know of no body",
        ),
        *(
            Defect(
                ("components", "schemas", "ChangeItemBean", "properties", key),
                _TEXT_OR_NULL,
                "recorded changelogs are full of nulls here",
            )
            for key in ("from", "fromString", "to", "toString")
        ),
        Defect(
            ("components", "schemas", "EntityPropertyBean", "properties", "value"),
            _ANYTHING,
            "says text; its own example is an object",
        ),
        Defect(
            ("components", "schemas", "UserBean", "properties", "name"),
            _TEXT_OR_NULL,
            "null takes the assignee away (Jira's REST tutorial)",
        ),
        Defect(
            (
                *("paths", "/rest/api/2/issue/{issueIdOrKey}/properties/{propertyKey}", "put"),
                *("requestBody", "content", "application/json", "schema"),
            ),
            _ANYTHING,
            "says text; a property is any JSON",
        ),
        *(
            Defect(
                ("paths", f"/rest/agile/1.0/{owner}/properties/{{propertyKey}}", "put", "requestBody"),
                _JSON_BODY,
                "leaves out the body, which is the property",
            )
            for owner in ("sprint/{sprintId}", "board/{boardId}")
        ),
        Defect(
            _data_center_answer("/agile/1.0/board/{boardId}/properties/{propertyKey}", None)[0],
            _ref("EntityPropertyBean"),
            "has the schema of the list of keys",
        ),
    ),
}

_ON_CLOUD = "Cloud's description of the same operation has it"
_GONE = "Atlassian's change log (CHANGE-2046): the operation was taken away"
LEFT_OUT_STATUSES: Mapping[tuple[str, int], str] = {
    ("addVote", 204): _ON_CLOUD,
    ("createComponent", 400): _ON_CLOUD,
    ("createVersion", 404): _ON_CLOUD,
    ("updateComponent", 400): _ON_CLOUD,
    ("updateRemoteIssueLink", 404): _ON_CLOUD,
    ("updateVersion", 400): _ON_CLOUD,
    ("searchForIssuesUsingJql", 410): _GONE,
    ("searchForIssuesUsingJqlPost", 410): _GONE,
}
"""(operation, status) that a description leaves out, and why it is known nevertheless."""

LEFT_OUT_PARAMETERS: Mapping[tuple[str, str], str] = {
    (
        "getUsersFromGroup",
        "groupname",
    ): "Data Center's description has it in the path",
    ("getTransitions", "expand"): "the operation's own text: fields only with expand=transitions.fields",
}
"""(operation, query parameter) that a description leaves out, and why it is known nevertheless."""

PARAMETER_DEFECTS: Mapping[tuple[str, str], tuple[Any, str]] = {
    ("getAllBoards", "type"): (_TEXT, "called an object, but sent as text: scrum,kanban"),
    ("getAllSprints", "state"): (_TEXT, "called an object, but sent as text: active,future"),
    **{
        (operation, "fields"): (_TEXT, _LIST_AS_TEXT)
        for operation in (
            "getIssuesForBoard",
            "getIssuesForBacklog",
            "getIssuesForSprint",
            "getIssuesForSprint_1",
            "search_1",
        )
    },
}
"""(operation, query parameter) to what its schema should be, and why."""
