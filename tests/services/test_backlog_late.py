"""What is filed of an issue without that its `updated` moves: a run that goes on sees it all the same."""

from datetime import timedelta
from typing import Any

from sqlalchemy import Connection

from app.services.grooming_wish import read_wish
from app.store import sites
from app.store.sites import Site
from jobs.sync.issues import page_of, save_page
from tests.factories import IN_PROGRESS, TO_DO
from tests.jobs.telling import applied
from tests.payloads import as_jira_writes, comment, comment_event, issue, issue_event, status_item
from tests.services.stored_backlog import NOW, STATUSES, goes_on_as_from_nothing, looked, save
from tests.services.stored_backlog import site as site  # noqa: PLC0414 - a fixture


def _seen_of_the_first(tx: Connection, site: Site, *words: dict[str, Any]) -> tuple[set[str], set[str]]:
    """Checks that find issue 1 before and after something is told, without that its `updated` moves."""
    sites.replace_statuses(tx, site.id, STATUSES)
    wish = read_wish({})
    save(tx, site, 1, created=as_jira_writes(NOW - timedelta(days=200)), updated=NOW - timedelta(days=150))
    save(tx, site, 2)
    before = looked(tx, site, NOW, wish)[1]
    applied(tx, site, *words)
    after = looked(tx, site, NOW + timedelta(minutes=1), wish)[1]
    assert goes_on_as_from_nothing(tx, site)
    one, other = ({check for check, issue_id in found if issue_id == "11"} for found in (before, after))
    return one, other


def test_a_comment_is_seen_before_its_issue_is_read_again(tx: Connection, site: Site) -> None:
    words = comment_event("comment_created", comment(at=NOW, body="/keep"), at=NOW)
    before, after = _seen_of_the_first(tx, site, words)
    assert "stale" in before - after


def test_a_comment_that_was_taken_back_is_no_sign_of_life(tx: Connection, site: Site) -> None:
    words = comment(at=NOW, body="Anybody at it?") | {"created": as_jira_writes(NOW)}
    said = comment_event("comment_created", words, at=NOW)
    before, after = _seen_of_the_first(tx, site, said)
    assert "stale" in before - after
    applied(tx, site, comment_event("comment_deleted", words, at=NOW))
    assert "stale" in {
        check
        for check, issue_id in looked(tx, site, NOW + timedelta(days=2), read_wish({}))[1]
        if issue_id == "11"
    }


def test_a_change_that_comes_after_a_newer_picture_is_seen(tx: Connection, site: Site) -> None:
    at = NOW - timedelta(days=160)
    late = issue_event(
        "jira:issue_updated",
        issue(1, updated=at, sprints=None),
        at=at,
        history=7,
        items=[status_item(IN_PROGRESS, TO_DO)],
    )
    before, after = _seen_of_the_first(tx, site, late)
    assert "put_back" in after - before


def test_a_comment_that_a_sync_finds_on_an_issue_that_it_knows_is_seen(tx: Connection, site: Site) -> None:
    sites.replace_statuses(tx, site.id, STATUSES)
    long_ago = as_jira_writes(NOW - timedelta(days=200))
    document: Any = issue(1, updated=NOW - timedelta(days=150), created=long_ago, sprints=None)
    save_page(tx, site, page_of([document], {"11": []}, site))
    before = looked(tx, site, NOW, read_wish({}))[1]
    document["fields"]["comment"] = {"total": 1, "comments": [comment(at=NOW, body="/keep")]}
    save_page(tx, site, page_of([document], {"11": []}, site))
    after = looked(tx, site, NOW, read_wish({}))[1]
    assert ("stale", "11") in before.keys() - after.keys()
