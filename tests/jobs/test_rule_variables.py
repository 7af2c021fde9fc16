"""Variables and lookups of rules, from the store: as it was at the event, and once more after a wait."""

from datetime import timedelta
from typing import Any

from app.domain.rules.reading import read
from app.services.rule_replay import preview, replay
from app.store.database import Database
from tests.factories import BEFORE_START, DONE, IN_PROGRESS, TO_DO, day
from tests.jobs.ruled import Ruled, moved
from tests.payloads import issue, issue_event

HOUR = timedelta(hours=1)
SUMS_UP: dict[str, Any] = {
    "name": "Say what else is done",
    "trigger": {"type": "issue_transitioned", "to": ["Done"]},
    "actions": [
        {"type": "create_variable", "name": "who", "value": "{{ initiator.displayName }} of {{ issue.key }}"},
        {"type": "lookup_issues", "jql": "status = Done AND key != {{ issue.key }} ORDER BY key DESC"},
        {"type": "comment", "text": "{{ lookupIssues | join(', ') }}", "mode": "once", "name": "at-once"},
        {"type": "wait", "days": 1},
        {
            "type": "branch",
            "jql": "key = {{ triggerIssue.key }}",
            "actions": [{"type": "comment", "text": "{{ who }}: {{ lookupIssues | join(', ') }}"}],
        },
    ],
}


def _says(ruled: Ruled) -> list[str]:
    steps = [step for each in ruled.decisions for step in each["steps"]]
    return [step["says"] for step in steps if step["step"] == "living_comment"]


async def test_a_lookup_sees_the_site_of_its_instant_and_a_variable_outlasts_the_wait(
    database: Database,
) -> None:
    ruled = Ruled(database, at=day(2))
    rule = ruled.rule(SUMS_UP)
    created = [issue(number, updated=BEFORE_START, status=TO_DO) for number in (1, 2, 3, 4)]
    await ruled.tell(*(issue_event("jira:issue_created", each, at=BEFORE_START) for each in created))
    await ruled.tell(moved(2, before=IN_PROGRESS, to=DONE, at=day(2), history=100))
    await ruled.pass_time(to=day(3))
    await ruled.tell(moved(3, before=IN_PROGRESS, to=DONE, at=day(3) + HOUR, history=101))
    await ruled.tell(moved(1, before=IN_PROGRESS, to=DONE, at=day(3) + 2 * HOUR, history=102))
    await ruled.pass_time(to=day(4) + 2 * HOUR)
    await ruled.tell(moved(4, before=IN_PROGRESS, to=DONE, at=day(4) + 3 * HOUR, history=103))
    await ruled.pass_time(to=day(8))
    said = _says(ruled)
    # The first finds nothing and says nothing.
    at_once = [each for each in said if ":" not in each]
    assert at_once == ["BURN-2", "BURN-3, BURN-2", "BURN-3, BURN-2, BURN-1"]
    later = [each.partition(" of ")[2] for each in said if ":" in each]
    assert sorted(later) == [
        "BURN-1: BURN-3, BURN-2",
        "BURN-2: ",
        "BURN-3: BURN-2, BURN-1",
        "BURN-4: BURN-3, BURN-2, BURN-1",
    ]
    with database.read() as tx:
        asked = {"since": day(1), "until": day(9), "now": day(9), "stored_id": rule}
        assert replay(tx, ruled.site, read(SUMS_UP), **asked).differences == ()
        shown = preview(tx, ruled.site, read(SUMS_UP), query="key = BURN-1", now=day(9))
    resumed = [each["steps"][:2] for each in ruled.decisions if "~1" in each["event_key"]]
    assert resumed[0][0]["step"] == "resumed", "what it kept is explained"
    assert resumed[0][0]["variables"]["who"].endswith(" of BURN-2")
    (decision,) = shown.decisions
    looked = [step["issues"] for step in decision.steps if step["step"] == "lookup_issues"]
    assert looked == [["BURN-4", "BURN-3", "BURN-2"]]
