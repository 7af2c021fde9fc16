from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any

import msgspec
import pytest
from msgspec import structs
from sqlalchemy import Connection, select, text

from app.domain.scrum.from_jira import read_issue
from app.store.issues import save_issues
from app.store.tables import changes, comments, issues, living_comments, sprint_issues, sprints
from app.store.upsert import insert_new, upsert
from tests.payloads import issue
from tests.stores import a_site, rows


def test_the_newer_word_wins_whichever_comes_first(tx: Connection, now: datetime) -> None:
    site = a_site(tx)
    old = {"site_id": site.id, "id": 1, "name": "Old", "state": "future", "heard_at": now}
    new = {**old, "name": "New", "heard_at": now + timedelta(seconds=1)}
    for order in ([old, new], [new, old], [new, new]):
        for row in order:
            upsert(tx, sprints, [row], newer="heard_at")
        assert [row["name"] for row in rows(tx, sprints)] == ["New"]


def test_within_one_batch_the_newer_word_wins_too(tx: Connection, now: datetime) -> None:
    site = a_site(tx)
    old = {"site_id": site.id, "id": 1, "name": "Old", "state": "future", "heard_at": now}
    new = {**old, "name": "New", "heard_at": now + timedelta(seconds=1)}
    upsert(tx, sprints, [new, old], newer="heard_at")
    assert [row["name"] for row in rows(tx, sprints)] == ["New"]


def test_kept_columns_survive_an_update(tx: Connection, now: datetime) -> None:
    site = a_site(tx)
    row = {"site_id": site.id, "marker": "m", "issue_key": "BURN-1", "comment_id": "1", "written_at": now}
    upsert(tx, living_comments, [row])
    upsert(tx, living_comments, [{**row, "comment_id": "2", "issue_key": "BURN-2"}], keep=("issue_key",))
    assert [(one["comment_id"], one["issue_key"]) for one in rows(tx, living_comments)] == [("2", "BURN-1")]


def test_what_is_there_stays_as_it_is(tx: Connection, now: datetime) -> None:
    site = a_site(tx)
    row = {"site_id": site.id, "marker": "m", "issue_key": "BURN-1", "comment_id": "1", "written_at": now}
    insert_new(tx, living_comments, [row])
    insert_new(tx, living_comments, [{**row, "comment_id": "2"}, {**row, "marker": "n"}])
    assert [(one["marker"], one["comment_id"]) for one in rows(tx, living_comments)] == [
        ("m", "1"),
        ("n", "1"),
    ]


def test_columns_that_rows_do_not_have_get_their_defaults(tx: Connection, now: datetime) -> None:
    site = a_site(tx)
    row = {"site_id": site.id, "id": 1, "name": "One", "state": "future", "heard_at": now}
    for write in (insert_new, upsert):
        write(tx, sprints, [row, {**row, "id": 2}])
        assert [(one["goal"], one["end_at"]) for one in rows(tx, sprints)] == [("", None)] * 2


@pytest.mark.parametrize("zone", [UTC, timezone(timedelta(hours=-7, minutes=-30))])
def test_an_instant_of_any_zone_comes_out_as_the_same_instant(tx: Connection, zone: tzinfo) -> None:
    site = a_site(tx)
    row = {"site_id": site.id, "id": 1, "name": "One", "state": "future"}
    for at in (datetime(2026, 3, 1, 1, 2, 3, 4, zone), datetime(999, 3, 1, tzinfo=zone)):
        upsert(tx, sprints, [{**row, "heard_at": at}])
        assert rows(tx, sprints)[0]["heard_at"] == at
        assert tx.scalar(select(sprints.c.id).where(sprints.c.heard_at == at)) == 1
    with pytest.raises(ValueError, match="no time zone"):
        upsert(tx, sprints, [{**row, "heard_at": datetime(2026, 3, 1)}])  # noqa: DTZ001


def test_nothing_to_write_is_nothing_written(tx: Connection) -> None:
    upsert(tx, living_comments, [])
    insert_new(tx, living_comments, [])
    assert rows(tx, living_comments) == []


def versions(tx: Connection) -> list[Any]:
    """What changes with every write of a row."""
    if tx.dialect.name == "sqlite":
        return [tx.scalar(text("SELECT total_changes()"))]
    return list(tx.scalars(text("SELECT CAST(ctid AS text) FROM issues")))


def test_a_row_that_would_stay_as_it_is_is_not_written_again(tx: Connection) -> None:
    """A catch-up reads again what it read minutes before, and a second webhook tells the same."""
    site = a_site(tx)
    record = read_issue(issue(points=0.1, description=None), site.fields)
    assert record is not None
    save_issues(tx, site, [record], history_complete=False)
    before = versions(tx)
    save_issues(tx, site, [record], history_complete=False)
    assert versions(tx) == before
    other = structs.replace(record, fields={"x": 1})
    save_issues(tx, site, [other], history_complete=False)
    assert versions(tx) != before
    assert rows(tx, issues)[0]["fields"]["x"] == 1


def test_what_was_empty_is_filled_and_what_was_full_is_emptied(tx: Connection, now: datetime) -> None:
    site = a_site(tx)
    row = {"site_id": site.id, "id": 1, "name": "One", "state": "future", "heard_at": now}
    for end in (None, now, None):
        upsert(tx, sprints, [{**row, "end_at": end}], newer="heard_at")
        assert rows(tx, sprints)[0]["end_at"] == end


def test_each_row_gets_its_own_document_whatever_stands_in_it(tx: Connection, now: datetime) -> None:
    site = a_site(tx)
    bodies: list[Any] = [
        None,
        {"a": 'quoted " and \\ and {braces, and commas}'},
        [],
        "NULL",
        {"ü": None},
        0.5,
    ]
    for told in (bodies, bodies[::-1], [None] * len(bodies)):
        wanted = [
            {"site_id": site.id, "id": str(number), "issue_id": "1", "updated": now, "body": body}
            for number, body in enumerate(told)
        ]
        upsert(tx, comments, wanted)
        assert [row["body"] for row in rows(tx, comments)] == told


def test_many_rows_end_as_each_alone_would(tx: Connection, now: datetime) -> None:
    """On SQLite many travel as one text and few do not; on PostgreSQL all do."""
    alone, together = a_site(tx, name="alone"), a_site(tx, name="together")
    west = timezone(timedelta(hours=-7, minutes=-30))
    instants = [now, now.replace(microsecond=70), datetime(999, 3, 1, 1, 2, 3, 4, west), None]
    words = [
        "",
        "ß 😀",
        "\"quoted\" \\u0041 'and' ?1\n",
        "half a pair \ud800",
        "NUL \0 within",
        "2026-01-01T00:00:00Z",
    ]
    bodies: list[Any] = [
        None,
        "",
        0.1,
        2**63,
        [],
        {"ü": {"😀": None}},
        msgspec.Raw(b'{"z":1,"a":[2.50]}'),
        True,
    ]
    made = [
        {
            "id": number,
            "name": words[number % len(words)],
            "state": "future",
            "heard_at": now,
            "start_at": instants[number % len(instants)],
            "board_id": number or None,
        }
        for number in range(24)
    ]
    told = [
        {
            "id": str(number),
            "issue_id": "1",
            "created": instants[number % len(instants)],
            "updated": now,
            "body": bodies[number % len(bodies)],
            "limited": number % 2 == 0,
        }
        for number in range(24)
    ]
    for table, wanted in ((sprints, made), (comments, told)):
        for write in (insert_new, upsert):
            for row in wanted:
                write(tx, table, [{"site_id": alone.id, **row}])
            write(tx, table, [{"site_id": together.id, **row} for row in reversed(wanted)])
        found = [
            [{**row, "site_id": 0} for row in rows(tx, table) if row["site_id"] == site.id]
            for site in (alone, together)
        ]
        assert len(found[0]) == len(wanted)
        assert found[0] == found[1]


def test_a_word_that_cannot_travel_is_refused_by_the_name_of_its_column(
    tx: Connection, now: datetime
) -> None:
    site = a_site(tx)
    row = {"site_id": site.id, "marker": "m\0", "issue_key": "BURN-1", "comment_id": "1", "written_at": now}
    for count in (1, 20):
        with pytest.raises(ValueError, match="marker: a NUL"):
            insert_new(tx, living_comments, [row] * count)


def test_a_number_beyond_all_bounds_is_refused_by_many_as_by_one(tx: Connection, now: datetime) -> None:
    entry = {"site_id": a_site(tx).id, "history_id": 2**63 - 1, "at": now, "field": "status"}
    for count in (1, 20):
        told = [{**entry, "issue_id": str(one), "position": 0} for one in range(count)]
        insert_new(tx, changes, told)
        with pytest.raises(ValueError, match="history_id: a number that no column"):
            insert_new(tx, changes, [{**one, "history_id": 2**63} for one in told])
    assert {row["history_id"] for row in rows(tx, changes)} == {2**63 - 1}


def test_a_row_that_is_a_key_and_nothing_else_is_there_once(tx: Connection) -> None:
    row = {"site_id": a_site(tx).id, "sprint_id": 1, "issue_id": "1"}
    for told in ([row], [row, {**row, "issue_id": "2"}]):
        upsert(tx, sprint_issues, told)
    assert [one["issue_id"] for one in rows(tx, sprint_issues)] == ["1", "2"]
