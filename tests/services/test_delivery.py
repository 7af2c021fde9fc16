"""When versions and epics are done, from the store: what is read, named, hidden and bounded."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Connection, event

from app.domain.delivery.scopes import Kind
from app.domain.delivery.verdict import Verdict, verdict
from app.domain.reports.delivery_parts import BoardDelivery
from app.domain.scrum.issue import LINKS
from app.errors import BurnishError, NotFound, NotPossible
from app.services.delivery import described
from app.services.delivery_scopes import Wanted
from app.services.rendering import FORMATS, render
from app.store import boards, issues, partial_data, tables, things
from app.store.jira_tables import versions as versions_table
from tests.factories import a_board, a_change
from tests.services.deliveries import (
    AT,
    BASE,
    DAY,
    EPIC,
    MONDAY,
    VERSIONS,
    WEEKDAYS,
    a_version,
    fill,
    fill_epics,
    put,
    told_of,
)
from tests.stores import a_site


def verdicts(told: BoardDelivery) -> dict[str, Verdict]:
    (part,) = told.parts
    return {one.scope.name: verdict(one, told.today) for one in part.outlook.deliveries}


def test_every_open_version_is_told_with_how_it_stands(tx: Connection) -> None:
    told = told_of(tx, fill(tx))
    assert verdicts(told) == {
        "Ready": Verdict.DONE,
        "1.1": Verdict.OFF_TRACK,
        "Void": Verdict.EMPTY,
        "1.2": Verdict.ON_TRACK,
        "Some day": Verdict.NO_DATE,
    }
    (part,) = told.parts
    first = part.outlook.deliveries[1]
    assert first.standing.left == 8, "four issues of two points"
    assert part.outlook.pace.finished == pytest.approx(2, abs=0.3)
    assert first.dates is not None
    assert first.dates.by[50] is not None
    assert date(2026, 3, 12) <= first.dates.by[50] <= date(2026, 3, 27), (
        "four days of two points, and the last"
    )


def test_what_was_released_by_an_instant_was_open_before(tx: Connection) -> None:
    site = fill(tx)
    then = told_of(tx, site, at=MONDAY + 17 * DAY)
    assert set(verdicts(then)) == {"1.0", "1.1", "1.2", "Some day", "Ready", "Void"}
    assert "1.0" not in verdicts(told_of(tx, site))
    (part,) = then.parts
    one = part.outlook.deliveries[0]
    assert (one.scope.name, one.standing.done.issues) == ("1.0", 14), "what was done later was not done then"


def test_what_is_released_is_open_no_more_whatever_its_day(tx: Connection) -> None:
    """Today, or before the day that was planned; how it stood on earlier days, its day tells."""
    site = fill(tx)
    today = a_version(5, "Ready", AT.date().isoformat(), released=True)
    early = a_version(3, "1.2", "2026-06-02", released=True)
    things.save(tx, site, versions_table, [today, early], AT)
    assert set(verdicts(told_of(tx, site))) == {"1.1", "Some day", "Void"}
    assert set(verdicts(told_of(tx, site, now=AT + 5 * DAY))) == {"1.1", "Some day", "Void", "1.2", "Ready"}
    later = AT + 5 * DAY
    assert set(verdicts(told_of(tx, site, at=later, now=later))) == {"1.1", "Some day", "Void"}


def test_the_report_says_what_to_do_in_every_format(tx: Connection) -> None:
    site = fill(tx)
    for style in FORMATS:
        text = render(described(told_of(tx, site)), style=style, base_url=BASE, draw=lambda _: "<svg/>")
        assert "Some day" in text
    text = render(described(told_of(tx, site)), style="markdown", base_url=BASE, draw=lambda _: "")
    assert "5 versions: 1 off track, 1 without a day set, 1 on track, 1 empty, 1 done." in text
    assert "It has no issues: fill it, or archive it." in text
    assert "All of it is done: release it." in text
    assert "take out some" in text or "13 Mar cannot be promised" in text
    found = json.loads(render(described(told_of(tx, site)), style="json", base_url=BASE, draw=lambda _: ""))
    (part,) = found["parts"]
    assert [one["name"] for one in part["scopes"]] == ["Ready", "1.1", "Void", "1.2", "Some day"]
    assert part["scopes"][1]["verdict"] == "off track"
    assert part["scopes"][3]["unestimated_issues"] == 3
    assert len(part["pace"]["days"]) >= 20


def test_little_history_is_no_forecast(tx: Connection) -> None:
    text = render(
        described(told_of(tx, fill(tx, done=5))), style="markdown", base_url=BASE, draw=lambda _: ""
    )
    assert "No dates are told: 5 of their issues were finished in the last" in text or (
        "No dates are told: 6 of their issues were finished in the last" in text
    )
    assert "Too little is known for a date." in text


def test_only_what_is_named_is_told_and_what_is_not_open_is_said_so(tx: Connection) -> None:
    site = fill(tx)
    all_of_it = told_of(tx, site)
    told = told_of(tx, site, wanted=Wanted(versions=("some DAY",)))
    (part,) = told.parts
    assert [one.scope.name for one in part.outlook.deliveries] == ["Some day"]
    assert part.outlook.deliveries[0] in all_of_it.parts[0].outlook.deliveries, "others stand before it"
    with pytest.raises(NotFound, match=r"Open are: Ready, 1\.1, Void, 1\.2, Some day"):
        told_of(tx, site, wanted=Wanted(versions=("1.0",)))
    with pytest.raises(NotFound, match="None is open"):
        told_of(tx, site, wanted=Wanted(epics=("BURN-9",)))


def test_a_board_without_a_project_has_no_versions(tx: Connection) -> None:
    site = a_site(tx)
    boards.save_board(tx, site.id, a_board(), heard_at=MONDAY)
    with pytest.raises(NotPossible, match="does not tell to which project board 1 belongs"):
        told_of(tx, site)


def test_incomplete_data_are_told_before_any_number(tx: Connection) -> None:
    site = fill(tx)
    partial_data.note(
        tx,
        site,
        [
            partial_data.Partial(
                partial_data.of_project("10000"), partial_data.Kind.UNREAD, "Half of it is unread."
            )
        ],
        at=AT,
    )
    assert told_of(tx, site).missing == ("Half of it is unread",)
    cut = tables.issues.update().where(tables.issues.c.key.in_(["BURN-200", "BURN-201", "BURN-9"]))
    tx.execute(cut.values(history_complete=False))
    assert told_of(tx, site).missing[1:] == ("The whole histories of 2 issues were not read yet",)
    text = render(described(told_of(tx, site)), style="markdown", base_url=BASE, draw=lambda _: "")
    assert text.index("The whole histories of 2 issues") < text.index("5 versions")


def test_a_field_that_jira_hides_is_told_where_deliveries_need_it(tx: Connection) -> None:
    """The estimate, by which the board sizes issues; not that of sprints."""
    site, hidden = fill(tx), partial_data.Kind.FIELD_HIDDEN
    estimation = a_board().estimation_field
    assert estimation is not None
    partial_data.note(
        tx,
        site,
        [
            partial_data.Partial(partial_data.SITE, hidden, f"Jira shows no {part}.", part=part)
            for part in ("sprint", estimation)
        ],
        at=AT,
    )
    assert told_of(tx, site).missing == (f"Jira shows no {estimation}",)
    by_count = a_board(id=2, estimation_field=None)
    boards.save_board(tx, site.id, by_count, heard_at=MONDAY, project_key="BURN")
    assert told_of(tx, site, board_id=2).missing == ()


# --- epics ----------------------------------------------------------------------------------------


def test_open_epics_with_issues_are_told_by_key_and_summary(tx: Connection) -> None:
    site = fill_epics(tx)
    told = told_of(tx, site, wanted=Wanted(scopes=("epics",)), show_restricted=True)
    (part,) = told.parts
    assert part.kind is Kind.EPIC
    named = {one.scope.key: (one.scope.name, one.standing.issues) for one in part.outlook.deliveries}
    assert named == {"BURN-11": ("Pay by invoice", 23), "BURN-13": ("Secret plans", 3)}
    assert all(one.dates is not None for one in part.outlook.deliveries)
    (one,) = told_of(tx, site, wanted=Wanted(epics=("burn-11",))).parts[0].outlook.deliveries
    assert one.scope.key == "BURN-11"


def test_a_restricted_epic_is_not_told_but_that_there_is_one(tx: Connection) -> None:
    site = fill_epics(tx)
    due = {"due_on": "2031-12-24"}
    tx.execute(tables.issues.update().where(tables.issues.c.key == "BURN-13").values(**due))
    told = told_of(tx, site, wanted=Wanted(scopes=("epics",)))
    assert [one.scope.key for one in told.parts[0].outlook.deliveries] == ["BURN-11"]
    assert told.restricted == 1
    assert "2031-12-24" not in json.dumps(described(told).document())
    for style in FORMATS:
        text = render(described(told), style=style, base_url=BASE, draw=json.dumps)
        assert "Secret plans" not in text
        assert "BURN-13" not in text
        assert "restricted" in text
    shown = told_of(tx, site, wanted=Wanted(scopes=("epics",)), show_restricted=True)
    assert {one.scope.key for one in shown.parts[0].outlook.deliveries} == {"BURN-11", "BURN-13"}


def test_of_two_stores_that_differ_in_restricted_issues_the_same_is_told(tx: Connection) -> None:
    """In a version or none, below an epic or not, done or not, whoever waits for them, whatever is asked."""
    site, level = fill_epics(tx), {"security": {"id": "7", "name": "Board"}}

    def told(*, blocks: str, due: str | None, version: int | None, **fields: Any) -> list[str]:
        with tx.begin_nested() as aside:
            put(tx, site, 13, points=None, summary="Secret", **level, issuetype=EPIC, duedate=due)
            put(tx, site, 900, version=version, duedate=due, **level, **fields)
            waits = a_change(LINKS, AT - 3 * DAY, None, blocks)._replace(history_id=9_000_001)
            issues.save_changes(tx, site, {"1700": [waits], "1200": [waits]}, final=True)
            texts = []
            for scopes in (("versions", "epics"), ("versions",), ("epics",)):
                found = told_of(tx, site, wanted=Wanted(scopes=scopes))
                assert found.restricted == 2
                texts += [
                    render(described(found), style=style, base_url=BASE, draw=json.dumps) for style in FORMATS
                ]
            aside.rollback()
        return texts

    below = {"id": "111", "key": "BURN-11"}
    one = told(points=90, due="2031-12-24", version=2, parent=below, blocks="BURN-900")
    other = told(points=1, due=None, version=None, done_at=WEEKDAYS[3], blocks="BURN-13")
    assert one == other
    assert "BURN-90" not in "".join(one)


def test_the_issues_of_a_query_are_a_scope_of_their_own(tx: Connection) -> None:
    """Worked off as fast as they were: 23 issues of two points, the last three of them open."""
    site = fill_epics(tx)
    asked = Wanted(jql="parent = BURN-11", by=date(2026, 4, 30))
    told = told_of(tx, site, wanted=asked)
    ((one,), (part,)) = told.parts[0].outlook.deliveries, told.parts
    assert part.kind is Kind.QUERY
    assert (one.standing.done.issues, one.standing.left) == (20, 6)
    assert one.dates is not None
    assert one.dates.chance is not None
    assert one.dates.chance > 0.9
    text = render(described(told), style="markdown", base_url=BASE, draw=lambda _: "")
    assert "parent = BURN-11" in text
    assert "They are worked off as fast as the issues of the query usually are." in text
    before = told_of(tx, site, wanted=asked, at=MONDAY - 90 * DAY)
    assert "was there then" in render(described(before), style="markdown", base_url=BASE, draw=lambda _: "")
    none = told_of(tx, site, wanted=Wanted(jql="parent = BURN-12"))
    assert verdicts(none) == {"parent = BURN-12": Verdict.EMPTY}
    with pytest.raises(BurnishError, match="colour"):
        told_of(tx, site, wanted=Wanted(jql="colour = blue"))


def test_issues_that_carry_reports_are_not_delivered(tx: Connection) -> None:
    site = fill_epics(tx)

    def open_issues(wanted: Wanted, *leave_out: str) -> list[int]:
        told = told_of(tx, site, wanted=wanted, leave_out=leave_out)
        return [one.standing.open_issues for one in told.parts[0].outlook.deliveries]

    query = Wanted(jql="parent = BURN-11")
    assert open_issues(query) == [3]
    assert open_issues(query, "BURN-700") == [2]
    versions = Wanted(scopes=("versions",))
    assert open_issues(versions) == [0, 4, 0, 4, 1]
    assert open_issues(versions, "BURN-400") == [0, 4, 0, 4, 0]
    epics = Wanted(scopes=("epics",))
    assert open_issues(epics, "BURN-701", "BURN-11") == [2], "what is below an epic is there to be done"


def test_epics_are_no_issues_of_versions(tx: Connection) -> None:
    site = fill_epics(tx)
    epic = {"issuetype": EPIC}
    before = told_of(tx, site).parts[0].outlook.deliveries[1].standing.issues
    put(tx, site, 14, version=2, points=None, summary="An epic of the version", **epic)
    assert told_of(tx, site).parts[0].outlook.deliveries[1].standing.issues == before


# --- how much is asked ----------------------------------------------------------------------------


@contextmanager
def statements(tx: Connection) -> Iterator[list[str]]:
    said: list[str] = []

    def note(_: Any, __: Any, statement: str, *___: Any) -> None:
        said.append(statement)

    event.listen(tx.engine, "before_cursor_execute", note)
    yield said
    event.remove(tx.engine, "before_cursor_execute", note)


def test_few_statements_are_asked_however_many_there_are(tx: Connection) -> None:
    site = fill_epics(tx)
    both = Wanted()
    with statements(tx) as said:
        told_of(tx, site, wanted=both)
    first = len(said)
    for number in range(30):
        put(tx, site, 900 + number, version=3, parent={"id": "111", "key": "BURN-11"})
    with statements(tx) as said:
        told_of(tx, site, wanted=both)
    assert len(said) == first <= 23


def test_a_deleted_version_is_none(tx: Connection) -> None:
    site = fill(tx)
    things.bury(tx, site, versions_table, [VERSIONS[3]], AT)
    assert "Some day" not in verdicts(told_of(tx, site))
    assert tx.execute(tables.issues.select()).first() is not None
