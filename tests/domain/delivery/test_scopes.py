"""In which versions and below which epics an issue was, read from its history."""

from datetime import timedelta
from typing import Any

from app.domain.delivery.scopes import (
    Life,
    Progress,
    Workflow,
    read_life,
    stays_below,
    stays_in_versions,
)
from app.domain.scrum.issue import Change, Issue
from tests.factories import (
    CLOSED,
    DONE,
    IN_PROGRESS,
    POINTS_FIELD,
    TO_DO,
    an_issue,
    day,
    estimated,
    moved,
)

WORKFLOW = Workflow(POINTS_FIELD, frozenset({IN_PROGRESS}), frozenset({DONE, CLOSED}))
EPIC_LINK = "customfield_10014"


def a_turn(field: str, number: int, before: str | None, after: str | None) -> Change:
    """Of a version or a parent, by ids; their names are the ids behind a V."""
    names = [None if one is None else f"V{one}" for one in (before, after)]
    return Change(number, 0, day(number), field, before, names[0], after, names[1])


def in_versions(issue: Issue, *present: str) -> Life:
    document = {"fixVersions": [{"id": one, "name": f"V{one}"} for one in present]}
    return read_life(issue, stays_in_versions(issue, document, {"1", "2"}), WORKFLOW)


def told(life: Life) -> list[tuple[Any, ...]]:
    return [(phase.at, sorted(phase.scopes), phase.estimate, phase.progress) for phase in life.phases]


def test_an_issue_is_in_its_versions_from_when_it_got_them() -> None:
    """Made in version 1, it got 2 on the third day and lost 1 on the fifth; 9 is not looked at."""
    changes = (
        a_turn("fixVersions", 3, None, "2"),
        a_turn("fixVersions", 5, "1", None),
        a_turn("fixVersions", 6, None, "9"),
    )
    issue = an_issue(changes=changes)
    assert told(in_versions(issue, "2", "9")) == [
        (issue.created, ["1"], 3, Progress.TO_DO),
        (day(3), ["1", "2"], 3, Progress.TO_DO),
        (day(5), ["2"], 3, Progress.TO_DO),
    ]


def test_a_life_has_status_and_estimate_of_each_instant() -> None:
    changes = (
        estimated(day(2), 3, 5),
        moved(day(3), TO_DO, IN_PROGRESS),
        moved(day(4), IN_PROGRESS, DONE),
        moved(day(5), DONE, CLOSED),
    )
    issue = an_issue(status=CLOSED, points=5, changes=changes)
    life = in_versions(issue, "1")
    assert [phase[1:] for phase in told(life)] == [
        (["1"], 3, Progress.TO_DO),
        (["1"], 5, Progress.TO_DO),
        (["1"], 5, Progress.IN_PROGRESS),
        (["1"], 5, Progress.DONE),
    ]
    before, after = life.at(day(3) - timedelta(seconds=1)), life.at(day(3))
    assert (before and before.progress, after and after.progress) == (Progress.TO_DO, Progress.IN_PROGRESS)
    assert life.at(issue.created - timedelta(seconds=1)) is None


def test_what_was_deleted_is_in_no_version_from_then_on() -> None:
    life = in_versions(an_issue(deleted_at=day(4)), "1")
    assert [(phase.at, sorted(phase.scopes)) for phase in life.phases][1:] == [(day(4), [])]


def test_an_epic_has_its_issues_by_parent_or_by_epic_link() -> None:
    """Cloud tells ids, the Epic Link of Data Center keys."""
    epics = {"11": "11", "12": "12", "BURN-11": "11", "BURN-12": "12"}
    fields = ["parent", EPIC_LINK]
    by_parent = an_issue(changes=(Change(1, 0, day(3), "parent", "11", "BURN-11", "12", "BURN-12"),))
    moved_on = stays_below(by_parent, {"parent": {"id": "12", "key": "BURN-12"}}, epics, fields)
    assert [(stay.since, sorted(stay.scopes)) for stay in moved_on] == [
        (by_parent.created, ["11"]),
        (day(3), ["12"]),
    ]
    by_link = an_issue(changes=(Change(1, 0, day(3), EPIC_LINK, None, None, "12", "BURN-12"),))
    linked = stays_below(by_link, {EPIC_LINK: "BURN-12"}, epics, fields)
    assert [sorted(stay.scopes) for stay in linked] == [[], ["12"]]
    assert (
        stays_below(an_issue(), {"parent": {"id": "99", "key": "BURN-99"}}, epics, fields)[0].scopes == set()
    )
