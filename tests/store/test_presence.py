from itertools import permutations

import pytest
from sqlalchemy import Connection

from app.domain.scrum.issue import Gone
from app.store import issues, partial_data, presence, sites, tables
from app.store.partial_data import Kind, Partial
from app.store.presence import Counts
from app.store.sites import Site
from tests.factories import day
from tests.store.test_issues import record, save
from tests.stores import a_site, rows


def grave(tx: Connection) -> tuple[object, object]:
    (row,) = rows(tx, tables.issues)
    return row["deleted_at"], row["gone_reason"]


def test_issues_are_counted_by_whether_they_are_there(tx: Connection) -> None:
    site = a_site(tx)
    save(tx, site, *(record(site, number) for number in range(1, 6)))
    one, *_ = rows(tx, tables.issues)
    presence.bury(tx, site, {one["id"]: day(20)}, reason=Gone.HIDDEN)
    assert presence.counts(tx, site) == {one["project_key"]: Counts(present=4, gone={Gone.HIDDEN: 1})}


def test_what_is_deleted_stays_so_since_the_first_word_of_it_in_any_order(tx: Connection) -> None:
    site = a_site(tx)
    one = record(site, updated=day(1))
    steps = [
        lambda: presence.bury(tx, site, {one.id: day(4)}, reason=Gone.HIDDEN),
        lambda: presence.bury(tx, site, {one.id: day(3)}, reason=Gone.DELETED),
        lambda: presence.bury(tx, site, {one.id: day(5)}, reason=Gone.DELETED),
        lambda: save(tx, site, record(site, updated=day(2))),
        lambda: presence.see(tx, site, [one.id]),
    ]
    for order in permutations(steps):
        save(tx, site, one)
        presence.mark_present(tx, site, [one.id])
        for step in order:
            step()
        assert grave(tx) == (day(3), Gone.DELETED)


def test_a_search_that_lists_what_was_hidden_brings_it_back_and_clears_the_reason(tx: Connection) -> None:
    site = a_site(tx)
    one = record(site, updated=day(1))
    save(tx, site, one)
    assert presence.bury(tx, site, {one.id: day(2)}, reason=Gone.ARCHIVED) == 1
    assert presence.bury(tx, site, {one.id: day(3)}, reason=Gone.ARCHIVED) == 0
    assert grave(tx) == (day(2), Gone.ARCHIVED)
    assert presence.see(tx, site, [one.id]) == 1
    assert grave(tx) == (None, None)


@pytest.mark.parametrize("reason", [Gone.MOVED_OUT, Gone.ARCHIVED, Gone.HIDDEN])
def test_a_finding_that_is_older_than_the_picture_buries_nothing(tx: Connection, reason: Gone) -> None:
    site = a_site(tx)
    one = record(site, updated=day(5))
    save(tx, site, one)
    assert presence.bury(tx, site, {one.id: day(4)}, reason=reason) == 0
    assert grave(tx) == (None, None)


def test_what_was_read_of_the_issue_itself_counts_more_than_any_tombstone(tx: Connection) -> None:
    site = a_site(tx)
    one = record(site, updated=day(1))
    save(tx, site, one)
    presence.bury(tx, site, {one.id: day(2)}, reason=Gone.DELETED)
    issues.mark_present(tx, site, one.id)
    assert grave(tx) == (None, None)


def a_project(tx: Connection, site: Site) -> None:
    sites.save_project(tx, site.id, {"id": "10000", "key": "BURN", "name": "Burnish"})


def test_what_is_missing_is_told_until_it_was_read(tx: Connection) -> None:
    site = a_site(tx)
    a_project(tx, site)
    hidden = Partial("site", Kind.FIELD_HIDDEN, "The account may not see it.", "customfield_10016")
    part = Partial(partial_data.of_project("10000"), Kind.UNREAD, "Not read yet.", "2026-01")
    partial_data.note(tx, site, [part, hidden], at=day(1))
    partial_data.note(tx, site, [part], at=day(2))
    assert partial_data.of_projects(tx, site, ["10000"]) == [part, hidden]
    partial_data.clear(tx, site, part.scope, kind=Kind.UNREAD, part="2026-01")
    partial_data.clear(tx, site, "site")
    never = Partial(part.scope, Kind.UNREAD, "None of its issues was read yet.")
    assert partial_data.of_projects(tx, site, ["10000"]) == [never]
    sites.note_read_until(tx, site.id, "10000", day(3))
    assert partial_data.of_projects(tx, site, ["10000"]) == []
