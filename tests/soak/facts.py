"""What the store says and what Jira says, read for the verdict; no code of Burnish's own way from Jira."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, select

from app.domain.comments import MARKER_PROPERTY
from app.store import tables
from app.store.database import Database
from tests.soak.world import World

Facts = dict[str, dict[str, Any]]
"""By id: name to value."""
SPRINT_FIELD = "customfield_10020"
# Where webhooks and REST write the same thing differently, or that Burnish does not keep.
NOT_COMPARED = frozenset({"comment", "worklog", "attachment", "watches", "votes", "lastViewed", "issuelinks"})
# What Jira counts from other issues, without `updated` of this one: no event of this issue tells it.
OF_OTHERS = frozenset({"subtasks", "progress", "aggregateprogress", "workratio", "issuerestriction"})
_WORD = re.compile(r"\w+")


@dataclass
class Held:
    """One side: the store, or Jira."""

    issues: Facts = field(default_factory=dict)
    histories: Facts = field(default_factory=dict)
    sprints: Facts = field(default_factory=dict)
    comments: Facts = field(default_factory=dict)


@dataclass(frozen=True)
class Queues:
    """The rows of the three queues."""

    deliveries: Sequence[Mapping[str, Any]]
    runs: Sequence[Mapping[str, Any]]
    effects: Sequence[Mapping[str, Any]]


def instant(text: str | None) -> datetime | None:
    """As Jira writes it."""
    if text is None:
        return None
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%f%z").astimezone(UTC)


def _words(value: Any) -> str:
    """Rich text is ADF in REST and wiki markup in webhooks; the words are the same."""
    if isinstance(value, Mapping):
        value = " ".join(_texts(value))
    return " ".join(_WORD.findall(str(value or "")))


def _texts(node: Mapping[str, Any]) -> list[str]:
    inner = [text for each in node.get("content") or () for text in _texts(each)]
    return [str(node.get("text") or ""), *inner]


def _plain(value: Any) -> Any:
    """Who or what is named, not how it is shown: addresses differ between versions of the API."""
    if isinstance(value, Mapping):
        if value.get("type") == "doc":
            return _words(value)
        for name in ("accountId", "id", "key", "value"):
            if name in value:
                return str(value[name])
        return {name: _plain(each) for name, each in value.items() if name != "self"}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value


def _plain_fields(fields: Mapping[str, Any]) -> dict[str, Any]:
    of_parent = {SPRINT_FIELD} if (fields.get("issuetype") or {}).get("subtask") else set()
    kept = {
        name: _words(value) if name in {"description", "environment"} else _plain(value)
        for name, value in fields.items()
        if value not in (None, [], {}) and name not in NOT_COMPARED | OF_OTHERS | of_parent
    }
    return {name: value for name, value in kept.items() if value not in (None, "", [], {})}


# --- the store ------------------------------------------------------------------------------------


def _all(connection: Connection, table: Any) -> list[Mapping[str, Any]]:
    return [dict(row) for row in connection.execute(select(table)).mappings()]


def of_store(database: Database, *, without_words: Collection[str] = ()) -> Held:
    """What was not deleted; of some comments without what they say."""
    with database.read() as connection:
        issues, changes, sprints, comments = (
            _all(connection, table)
            for table in (tables.issues, tables.changes, tables.sprints, tables.comments)
        )
        kept = _all(connection, tables.issue_texts)
    present = {row["id"] for row in issues if row["deleted_at"] is None}
    texts = {(row["issue_id"], row["digest"]): row["texts"] for row in kept}
    held = Held()
    for row in issues:
        if row["id"] in present:
            facts = {"key": row["key"], "whole history": row["history_complete"]}
            whole = row["fields"] | texts.get((row["id"], row["texts_digest"]), {})
            held.issues[row["id"]] = facts | _plain_fields(whole)
    for row in changes:
        if row["issue_id"] in present:
            name = f"{row['issue_id']}/{row['history_id']}/{row['field']}/{row['position']}"
            held.histories[name] = {
                part: row[part] for part in ("at", "before", "before_text", "after", "after_text", "author")
            }
    for row in sprints:
        if row["deleted_at"] is None:
            names = ("name", "state", "goal", "start_at", "end_at", "completed_at")
            held.sprints[str(row["id"])] = {name: row[name] for name in names}
    for row in comments:
        if row["deleted_at"] is None and row["issue_id"] in present:
            facts = {name: row[name] for name in ("issue_id", "author", "created", "updated")}
            shown = {} if row["id"] in without_words else {"words": _words(row["body"])}
            held.comments[row["id"]] = facts | shown
    return held


def queues(database: Database) -> Queues:
    """All rows of work."""
    with database.read() as connection:
        return Queues(
            *(_all(connection, table) for table in (tables.deliveries, tables.runs, tables.effects))
        )


def unfinished(database: Database) -> list[str]:
    """Work that has not come to its end, in words; read often, so without bodies and results."""
    found = []
    with database.read() as connection:
        for table in (tables.deliveries, tables.runs, tables.effects):
            names = ("id", "state", "attempts", "deaths", "due_at")
            rows = select(*(table.c[name] for name in names)).where(table.c.state.in_(tables.OPEN_STATES))
            found += [
                f"{table.name} " + ", ".join(f"{name} {row[name]}" for name in names)
                for row in connection.execute(rows).mappings()
            ]
    return found


# --- Jira -----------------------------------------------------------------------------------------


def of_jira(world: World) -> Held:
    """What stands in Jira now."""
    held = Held()
    for issue in _issues(world):
        number = str(issue["id"])
        held.issues[number] = {"key": issue["key"], "whole history": True} | _plain_fields(issue["fields"])
        for history in issue["changelog"]["histories"]:
            held.histories |= _entries(number, history)
        for comment in comments_of(world, number):
            facts = {
                "issue_id": number,
                "author": comment["author"]["accountId"],
                "created": instant(comment["created"]),
                "updated": instant(comment["updated"]),
            }
            # A report's markup is not its document word by word; what it says is held against its effect.
            shown = {} if markers_of(comment) else {"words": _words(comment["body"])}
            held.comments[str(comment["id"])] = facts | shown
    for sprint in world.ask_jira("GET", "/rest/agile/1.0/board/1/sprint")["values"]:
        held.sprints[str(sprint["id"])] = {
            "name": sprint["name"],
            "state": sprint["state"],
            "goal": sprint.get("goal") or "",
            "start_at": instant(sprint.get("startDate")),
            "end_at": instant(sprint.get("endDate")),
            "completed_at": instant(sprint.get("completeDate")),
        }
    return held


def _issues(world: World) -> list[dict[str, Any]]:
    asked = {"jql": "project = BURN ORDER BY key", "fields": ["*all"], "expand": "changelog"}
    found: list[dict[str, Any]] = []
    more: dict[str, Any] = {}
    while True:
        page = world.ask_jira("POST", "/rest/api/3/search/jql", json={**asked, "maxResults": 100, **more})
        found += page["issues"]
        if "nextPageToken" not in page:
            return found
        more = {"nextPageToken": page["nextPageToken"]}


# What Cloud's changelog names without an id.
_IDS = {"Link": "issuelinks", "Parent": "parent", "IssueParentAssociation": "parent"}


def _entries(issue: str, history: Mapping[str, Any]) -> Facts:
    """An entry may change a field twice; they are told apart by their place."""
    entries: Facts = {}
    for item in history["items"]:
        field = item.get("fieldId") or _IDS.get(item["field"], item["field"])
        same = f"{issue}/{history['id']}/{field}"
        place = sum(name.startswith(f"{same}/") for name in entries)
        entries[f"{same}/{place}"] = {
            "at": instant(history["created"]),
            "before": item["from"] or None,
            "before_text": item["fromString"] or None,
            "after": item["to"] or None,
            "after_text": item["toString"] or None,
            "author": history["author"]["accountId"],
        }
    return entries


def comments_of(world: World, issue: str) -> list[dict[str, Any]]:
    """All comments of an issue, with their properties."""
    query = {"expand": "properties", "maxResults": 1000}
    found = world.ask_jira("GET", f"/rest/api/3/issue/{issue}/comment", params=query)
    return list(found["comments"]) if found else []


def markers_of(comment: Mapping[str, Any]) -> list[str]:
    """Which living comments it is: none, or one."""
    shown = comment.get("properties") or ()
    return [marked(one["value"]) for one in shown if one["key"] == MARKER_PROPERTY]


def marked(value: Mapping[str, Any]) -> str:
    """Marker and edition of a living comment: where news came, several with one marker stand."""
    edition = value.get("edition", 1)
    return str(value["id"]) if edition == 1 else f"{value['id']}, edition {edition}"
