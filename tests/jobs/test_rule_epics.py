"""A branch to the epic goes as far up as it takes; one to the parent goes one level."""

from typing import Any

import pytest

from app.store import jira_tables
from app.store.database import Database
from tests.factories import day
from tests.jobs.ruled import Ruled, moved
from tests.payloads import issue, issue_event

EPIC = {"id": "10000", "name": "Epic", "subtask": False, "hierarchyLevel": 1}
INITIATIVE = {"id": "10009", "name": "Initiative", "subtask": False, "hierarchyLevel": 2}
SUBTASK = {"id": "10003", "name": "Sub-task", "subtask": True, "hierarchyLevel": -1}


def _under(number: int) -> dict[str, Any]:
    return {"id": f"1{number}", "key": f"BURN-{number}"}


def _tree(*, levels: bool) -> list[dict[str, Any]]:
    """An initiative with an epic with a story with a sub-task; Data Center tells no levels."""

    def of(kind: dict[str, Any]) -> dict[str, Any]:
        return kind if levels else {name: said for name, said in kind.items() if name != "hierarchyLevel"}

    made = [
        issue(9, issuetype=of(INITIATIVE)),
        issue(8, issuetype=of(EPIC), parent=_under(9)),
        issue(7, parent=_under(8)),
        issue(6, issuetype=of(SUBTASK), parent=_under(7)),
    ]
    return [issue_event("jira:issue_created", each, at=day(1)) for each in made]


@pytest.mark.parametrize("levels", [True, False])
async def test_from_a_sub_task_as_from_a_story_the_epic_is_meant(database: Database, levels: bool) -> None:
    ruled = Ruled(database, at=day(5))
    says = [{"type": "comment", "text": "{{ triggerIssue.key }} moved"}]
    ruled.rule(when=None, actions=[{"type": "branch", "to": "epic", "actions": says}])
    await ruled.tell(*_tree(levels=levels))
    kinds = {8: EPIC, 6: SUBTASK, 9: INITIATIVE}
    for number in (6, 7, 8, 9):
        fields = {"parent": _under(number + 1)} if number < 9 else {}
        if number in kinds:
            fields["issuetype"] = kinds[number]
        await ruled.tell(moved(number, at=day(2), history=100 + number, **fields))
    assert [one["payload"]["issue_key"] for one in ruled.effects] == ["BURN-8", "BURN-8"]
    assert [one["outcome"] for one in ruled.decisions] == ["acted", "acted", "nothing to do", "nothing to do"]


async def test_the_level_of_the_type_says_what_an_epic_is_whatever_it_is_called(database: Database) -> None:
    ruled = Ruled(database, at=day(5))
    ruled.rule(when={"related": {"to": "epic", "match": "some", "jql": "status = 'To Do'"}})
    types = [("10000", "Big thing", 1), ("10009", "Epic", 2)]
    with database.write() as tx:
        for number, name, level in types:
            row = {"id": number, "name": name, "hierarchy_level": level, "is_subtask": False}
            tx.execute(jira_tables.issue_types.insert().values(site_id=ruled.site.id, heard_at=day(1), **row))
    await ruled.tell(*_tree(levels=True))
    await ruled.tell(moved(6, at=day(2), history=106, issuetype=SUBTASK, parent=_under(7)))
    (decision,) = ruled.decisions
    assert decision["steps"][0]["seen"] == "1 of 1: BURN-8"
