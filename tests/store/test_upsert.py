from datetime import datetime, timedelta

from sqlalchemy import Connection

from app.store.tables import living_comments, sprints
from app.store.upsert import insert_new, upsert
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


def test_nothing_to_write_is_nothing_written(tx: Connection) -> None:
    upsert(tx, living_comments, [])
    insert_new(tx, living_comments, [])
    assert rows(tx, living_comments) == []
