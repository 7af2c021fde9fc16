"""What happens to comments, files, worklogs, sprints and versions, from the webhook to what a rule wants."""

from datetime import datetime
from typing import Any

import pytest

from app.domain.rules.document import Rule
from app.domain.rules.reading import read
from app.services.rule_replay import replay
from app.store.database import Database
from tests.factories import BEFORE_START, day
from tests.jobs.ruled import Ruled
from tests.payloads import PERSON, as_jira_writes, comment, comment_event, issue, issue_event, millis

LABEL = [{"type": "edit", "add": {"labels": ["seen"]}}]


def worklog(name: str, *, at: datetime, updated: datetime) -> dict[str, Any]:
    return {
        "timestamp": millis(at),
        "webhookEvent": name,
        "worklog": {
            "id": "900",
            "issueId": "11",
            "author": PERSON,
            "created": as_jira_writes(day(2)),
            "updated": as_jira_writes(updated),
            "started": as_jira_writes(day(2)),
            "timeSpentSeconds": 3600,
        },
    }


def filed(before: str | None, after: str | None, *, at: datetime, history: int) -> dict[str, Any]:
    one = {
        "field": "Attachment",
        "fieldId": "attachment",
        "from": before and "77",
        "fromString": before,
        "to": after and "77",
        "toString": after,
    }
    return issue_event("jira:issue_updated", issue(1, updated=at), at=at, history=history, items=[one])


TOLD: dict[str, list[dict[str, Any]]] = {
    "comment_deleted": [
        comment_event("comment_created", comment(at=day(2)), at=day(2)),
        comment_event("comment_deleted", comment(at=day(2)), at=day(3)),
    ],
    "work_log_edited": [
        worklog("worklog_created", at=day(2), updated=day(2)),
        worklog("worklog_updated", at=day(3), updated=day(3)),
    ],
    "work_log_deleted": [
        worklog("worklog_created", at=day(2), updated=day(2)),
        worklog("worklog_deleted", at=day(3), updated=day(2)),
    ],
    "attachment_added": [
        filed(None, "log.txt", at=day(2), history=100),
        filed("log.txt", None, at=day(3), history=101),
    ],
    "attachment_removed": [
        filed(None, "log.txt", at=day(2), history=100),
        filed("log.txt", None, at=day(3), history=101),
    ],
}


def rule_of(trigger: str) -> Rule:
    return read({"name": "replayed", "trigger": {"type": trigger}, "actions": LABEL})


@pytest.mark.parametrize("trigger", TOLD)
async def test_it_fires_once_and_is_replayed_as_it_was(database: Database, trigger: str) -> None:
    ruled = Ruled(database, at=day(5))
    ruled.rule(trigger={"type": trigger}, when=None, actions=LABEL)
    await ruled.tell(issue_event("jira:issue_created", issue(1), at=day(1)))
    for event in TOLD[trigger]:
        await ruled.tell(event)
        await ruled.tell(event)
    (decision,) = ruled.decisions
    assert (decision["outcome"], decision["issue_key"]) == ("acted", "BURN-1")
    assert [one["payload"]["issue_key"] for one in ruled.effects] == ["BURN-1"]
    with database.read() as connection:
        replayed = replay(
            connection, ruled.site, rule_of(trigger), since=BEFORE_START, until=day(5), now=day(5)
        )
    assert [(one.event.key, one.event.at, one.outcome.value) for one in replayed.decisions] == [
        (decision["event_key"], decision["at"], "acted")
    ]


async def test_what_goes_with_its_issue_fires_nothing(database: Database) -> None:
    ruled = Ruled(database, at=day(5))
    ruled.rule(trigger={"type": "comment_deleted"}, when=None, actions=LABEL)
    await ruled.tell(
        issue_event("jira:issue_created", issue(1), at=day(1)),
        comment_event("comment_created", comment(at=day(2)), at=day(2)),
    )
    await ruled.tell(issue_event("jira:issue_deleted", issue(1), at=day(3)))
    await ruled.tell(comment_event("comment_deleted", comment(at=day(2)), at=day(3)))
    assert ruled.decisions == []
    with database.read() as connection:
        rule = rule_of("comment_deleted")
        replayed = replay(connection, ruled.site, rule, since=BEFORE_START, until=day(5), now=day(5))
    assert replayed.decisions == []
