"""Comments that nobody said were deleted."""

from typing import Any

from sqlalchemy import Connection

from app.domain.scrum.from_jira import read_comment
from app.store import tables
from app.store.comment_lists import Listed, bury_unlisted
from app.store.comments import save_comments
from tests.factories import day
from tests.payloads import comment
from tests.stores import a_site, rows


def deleted(tx: Connection) -> dict[str, Any]:
    return {row["id"]: row["deleted_at"] for row in rows(tx, tables.comments)}


def test_of_a_whole_list_only_what_is_older_than_it_and_not_in_it_is_gone(tx: Connection) -> None:
    site = a_site(tx)
    kept, gone, elsewhere = (read_comment(comment(number), "11") for number in (1, 2, 3))
    later = {**read_comment(comment(4), "11"), "created": day(5), "updated": day(5)}
    save_comments(tx, site, [kept, gone, {**elsewhere, "issue_id": "12"}, later])
    bury_unlisted(tx, site, {"11": Listed({"1"}, day(4))})
    assert deleted(tx) == {"1": None, "2": day(4), "3": None, "4": None}
    bury_unlisted(tx, site, {})
    assert deleted(tx)["3"] is None


def test_an_issue_without_comments_has_none_left(tx: Connection) -> None:
    site = a_site(tx)
    save_comments(tx, site, [read_comment(comment(1), "11")])
    bury_unlisted(tx, site, {"11": Listed((), day(4))})
    assert deleted(tx) == {"1": day(4)}
