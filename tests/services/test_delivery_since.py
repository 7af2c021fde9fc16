"""What changed since the last report on deliveries, and what is in the way, from the store."""

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import Connection

from app.domain.delivery.scopes import Kind
from app.domain.delivery.since import read_before
from app.domain.flow.path import BlockedBy
from app.domain.reports.brief import brief
from app.domain.reports.delivery import report
from app.domain.reports.delivery_as_json import to_json
from app.domain.reports.delivery_parts import BoardDelivery
from app.domain.reports.markdown import render
from app.domain.scrum.issue import LINKS, Change
from app.services import delivery_scopes
from app.services.delivery import described
from app.services.delivery_scopes import Wanted
from app.services.runs import DELIVERY
from app.store import issues, reports, tables, things
from app.store.jira_tables import versions as versions_table
from app.store.sites import Site
from tests.services.deliveries import AT, DAY, MONDAY, a_version, fill, fill_epics, put, told_of

LATER = AT + 3 * DAY


def keep(tx: Connection, site: Site, told: BoardDelivery) -> None:
    """As the run that told it keeps it."""
    reports.save(
        tx,
        site_id=site.id,
        run_id=None,
        kind=DELIVERY,
        board_id=1,
        sprint_id=None,
        at=told.at,
        now=told.at,
        document=to_json(told),
    )


def said(told: BoardDelivery) -> str:
    return render(report(told))


def link(number: int, key: str, at: datetime) -> Change:
    words = f"This issue is blocked by {key}"
    return Change(number, 0, at, LINKS, None, None, key, words, "dana")


def test_without_an_earlier_report_nothing_is_compared(tx: Connection) -> None:
    told = told_of(tx, fill(tx))
    assert told.parts[0].since is None
    assert "since the last report" not in said(told)


def test_what_slipped_came_in_went_out_and_was_done_is_told_by_version(tx: Connection) -> None:
    site = fill(tx)
    keep(tx, site, told_of(tx, site))
    for number in range(10):
        put(tx, site, 900 + number, version=2)
    put(tx, site, 200, version=2, done_at=AT + DAY)
    things.save(tx, site, versions_table, [a_version(3, "1.2", "2026-06-30")], AT + DAY)
    things.save(tx, site, versions_table, [a_version(5, "Ready", "2026-03-10", released=True)], AT + DAY)
    things.save(tx, site, versions_table, [a_version(7, "1.3", "2026-07-30")], AT + DAY)
    moved = {f"1{900 + number}": [_got("2", AT + DAY, number)] for number in range(10)}
    for issue_id, changes in moved.items():
        issues.save_changes(tx, site, {issue_id: changes}, final=True)
    later = told_of(tx, site, at=LATER, now=LATER)
    text = said(later)
    assert "**Versions since the last report (9 Mar):**" in text
    assert "- **Ready** is released." in text
    (line,) = [one for one in text.splitlines() if one.startswith("- **1.1**: ")]
    assert "later**, " in line
    assert "10 issues (20 points) added (BURN-900, BURN-901, BURN-902 and 7 more)" in line
    assert "1 issue (2 points) done" in line
    (line,) = [one for one in text.splitlines() if one.startswith("- **1.2**: ")]
    assert "due day 30 Jun, was 2 Jun" in line
    assert "- **1.3**: new, due 30 Jul." in text
    assert text.index("since the last report") < text.index("Road map"), "channels are told it, too"
    assert "**1.1**" in render(brief(report(later), "BURN-1"))
    (part,) = to_json(later)["parts"]
    assert part["since"]["moved"]["2"]["came"]["size"] == 20
    assert part["since"]["closed"] == ["5"]


def _got(version: str, at: datetime, number: int) -> Change:
    return Change(5000 + number, 0, at, "fixVersions", None, None, version, "1.1", "dana")


def test_what_is_there_no_more_is_said_and_what_did_not_change_is_not(tx: Connection) -> None:
    site = fill(tx)
    keep(tx, site, told_of(tx, site))
    things.save(tx, site, versions_table, [{**a_version(4, "Some day", None), "archived": True}], AT + DAY)
    text = said(told_of(tx, site, at=AT + DAY / 24, now=AT + DAY / 24))
    assert "- **Some day** is there no more: archived, merged or deleted." in text
    assert "**1.2**:" not in text[: text.index("Road map")].split("since the last report")[1]


@pytest.mark.parametrize("day", [None, "2024-03-10"])
def test_a_version_that_was_released_is_told_so_whatever_its_day(tx: Connection, day: str | None) -> None:
    site = fill(tx)
    keep(tx, site, told_of(tx, site))
    things.save(tx, site, versions_table, [a_version(5, "Ready", day, released=True)], AT + DAY)
    text = said(told_of(tx, site, at=LATER, now=LATER))
    assert "- **Ready** is released" in text
    assert "no more" not in text


def test_of_epics_that_are_not_there_nothing_is_said(tx: Connection) -> None:
    """They may be restricted now, and the earlier report named them."""
    site = fill_epics(tx)
    earlier = {"at": AT - DAY, "wanted": Wanted(scopes=("epics",)), "show_restricted": True}
    keep(tx, site, told_of(tx, site, **earlier))
    table = tables.issues
    tx.execute(table.update().where(table.c.type_name == "Epic").values(deleted_at=AT - DAY / 2))
    told = told_of(tx, site, wanted=Wanted(scopes=("epics",)))
    assert "no more" not in said(told)
    assert to_json(told)["parts"][0]["since"]["gone"] == []


def test_what_was_done_long_before_and_gets_a_version_now_is_no_news(tx: Connection) -> None:
    site = fill(tx)
    long_ago = AT - 40 * DAY
    put(tx, site, 950, done_at=long_ago)
    keep(tx, site, told_of(tx, site))
    put(tx, site, 950, version=2, done_at=long_ago)
    issues.save_changes(tx, site, {"1950": [_got("2", AT + DAY, 1)]}, final=True)
    text = said(told_of(tx, site, at=LATER, now=LATER))
    assert [line for line in text.splitlines() if line.startswith("- **1.1**") and " done" in line] == []


def test_a_report_on_epics_alone_is_no_report_on_versions(tx: Connection) -> None:
    site = fill_epics(tx)
    keep(tx, site, told_of(tx, site, at=AT - DAY))
    keep(tx, site, told_of(tx, site, at=AT - DAY / 2, wanted=Wanted(scopes=("epics",))))
    both = told_of(tx, site, wanted=Wanted())
    times = {one.kind: one.since and one.since.before.at for one in both.parts}
    assert times == {Kind.VERSION: AT - DAY, Kind.EPIC: AT - DAY / 2}


def test_what_became_restricted_meanwhile_is_not_named(tx: Connection) -> None:
    """The report before named it, since everybody could read it then."""
    site = fill_epics(tx)
    keep(tx, site, told_of(tx, site, at=AT - DAY, wanted=Wanted(scopes=("epics",)), show_restricted=True))
    told = told_of(tx, site, wanted=Wanted(scopes=("epics",)))
    for text in (str(to_json(told)), render(described(told).report)):
        assert "Secret plans" not in text
        assert "BURN-13" not in text


def test_what_is_blocked_or_stands_still_is_named_by_version(tx: Connection) -> None:
    site = fill(tx)
    waiting, freed = f"1{200}", f"1{201}"
    issues.save_changes(tx, site, {waiting: [link(7000, "BURN-300", MONDAY)]}, final=True)
    issues.save_changes(tx, site, {freed: [link(7001, "BURN-500", MONDAY)]}, final=True)
    told = told_of(tx, site)
    (part,) = told.parts
    (stopped,) = part.risks["2"].blocked
    assert (stopped.key, stopped.block.by, stopped.block.what) == ("BURN-200", BlockedBy.LINK, "BURN-300")
    text = said(told)
    assert "> - Unblock: BURN-200." in text
    assert "- **1.1**: BURN-200 (waits for BURN-300 since 2 Feb)." in text
    (found,) = [one for one in to_json(told)["parts"][0]["scopes"] if one["name"] == "1.1"]
    assert [one["key"] for one in found["blocked"]] == ["BURN-200"]


def test_read_in_parts_it_says_the_same(tx: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a project with thousands of issues not all histories are in memory at once."""
    site = fill(tx)
    for number, other in ((200, 300), (202, 301), (300, 203)):
        history = {f"1{number}": [link(7000 + number, f"BURN-{other}", MONDAY)]}
        issues.save_changes(tx, site, history, final=True)
    whole = to_json(told_of(tx, site))
    monkeypatch.setattr(delivery_scopes, "_AT_ONCE", 3)
    assert to_json(told_of(tx, site)) == whole
    assert "BURN-202" in str(whole)


@pytest.mark.parametrize("document", [{}, {"parts": []}, {"parts": [{"kind": "version", "scopes": [{}]}]}])
def test_what_cannot_be_read_is_compared_with_nothing(document: dict[str, Any]) -> None:
    assert read_before(document, Kind.VERSION) is None
