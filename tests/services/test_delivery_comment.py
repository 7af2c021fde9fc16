"""The comment on deliveries, however much is open: Jira takes it."""

import json

import pytest
from sqlalchemy import Connection

from app.domain.reports import adf
from app.domain.reports.comment_pictures import LONGEST_ALT
from app.domain.reports.comment_pictures import put as put_picture
from app.services.delivery import as_comment
from app.services.delivery_scopes import Wanted
from app.store import things
from app.store.jira_tables import issue_types
from app.store.jira_tables import versions as versions_table
from app.store.sites import Site
from tests.services.deliveries import MONDAY, WEEKDAYS, a_version, fill, put, told_of

EPIC = {"issuetype": {"id": "10000", "name": "Epic", "subtask": False, "hierarchyLevel": 1}}
MANY = 100


def fill_with_many(tx: Connection, name: str) -> Site:
    """As many open versions and epics as are looked at, with an issue each."""
    site = fill(tx)
    versions = [
        a_version(1000 + number, f"{number:03} {name}", f"2026-{4 + number // 28:02}-{1 + number % 28:02}")
        for number in range(MANY)
    ]
    things.save(tx, site, versions_table, versions, MONDAY)
    kind = {"id": "10000", "name": "Epic", "is_subtask": False, "hierarchy_level": 1, "project_id": None}
    things.save(tx, site, issue_types, [kind], MONDAY)
    for number, version in enumerate(versions):
        put(tx, site, 5000 + number, fixVersions=[{"id": version["id"], "name": version["name"]}])
        put(tx, site, 6000 + number, points=None, summary=f"{number:03} {name}", **EPIC)
        put(tx, site, 7000 + number, parent={"id": f"1{6000 + number}", "key": f"BURN-{6000 + number}"})
    for number, at in enumerate(WEEKDAYS[:20]):
        put(tx, site, 600 + number, done_at=at, parent={"id": "16000", "key": "BURN-6000"})
    return site


@pytest.mark.parametrize("name", ["A long name of what is to come " * 5, "Покупатели платят по счёту " * 6])
def test_with_its_pictures_it_is_within_the_limit_of_jira(tx: Connection, name: str) -> None:
    site = fill_with_many(tx, name)
    comment = as_comment(told_of(tx, site, wanted=Wanted()), site, "BURN-1")
    assert len(comment.pictures) == 2
    body = comment.body
    for picture in comment.pictures:
        assert len(picture.alt) < LONGEST_ALT
        assert " more." in picture.alt, "whole entries, and how many there are beside them"
        media = {"type": "file", "id": "x" * 36, "collection": "", "alt": picture.alt}
        node = {"type": "media", "attrs": {**media, "width": 1400, "height": 1300}}
        shown = {"type": "mediaSingle", "attrs": {"layout": "center"}, "content": [node]}
        body = put_picture(body, picture.place, shown)
    assert adf.LIMIT - 9_000 < len(json.dumps(body)) <= adf.LIMIT
