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


async def test_texts_say_what_was_logged_and_what_was_attached_as_of_the_event(database: Database) -> None:
    says = (
        "{{ worklog.author.accountId }} {{ worklog.timeSpent }} {{ worklog.timeSpentSeconds }} "
        "{{ worklog.started.format('d MMM') }}: {{ worklog.comment }} of {{ issue.worklogs | length }}; "
        "{{ attachment.filename }} {{ attachment.size }} {{ attachment.mimeType }} "
        "{{ attachment.author.accountId }}; "
        "{{ issue.attachments }} {{ issue.attachments | map(attribute='size') | join('+') }}"
    )
    actions = [{"type": "log", "text": says}]
    ruled = Ruled(database, at=day(5))
    anything = [{"type": each} for each in ("work_logged", "attachment_added", "attachment_removed")]
    ruled.rule(trigger={"type": "any_of", "triggers": anything}, when=None, actions=actions)
    await ruled.tell(issue_event("jira:issue_created", issue(1), at=day(1)))
    logged = worklog("worklog_created", at=day(2), updated=day(2))
    logged["worklog"] |= {"comment": "Looked at it", "timeSpentSeconds": 95_400}
    file = {"id": "77", "filename": "log.txt", "author": PERSON, "size": 1200, "mimeType": "text/plain"}
    there = {"fields": {"attachment": [{**file, "created": as_jira_writes(day(3))}]}}
    added = filed(None, "log.txt", at=day(3), history=100)
    added["issue"]["fields"] |= there["fields"]
    await ruled.tell(logged)
    await ruled.tell(added)
    await ruled.tell(filed("log.txt", None, at=day(4), history=101))
    told = [one["steps"][0]["says"] for one in ruled.decisions]
    who = PERSON["accountId"]
    assert told == [
        f"{who} 3d 2h 30m 95400 {day(2).day} Mar: Looked at it of 1;    ;  ",
        f"   :  of 1; log.txt 1200 text/plain {who}; log.txt 1200",
        f"   :  of 1; log.txt 1200 text/plain {who};  ",
    ]
