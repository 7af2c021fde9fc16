"""An issue with documents that are nested beyond all bounds stops nobody: what stands above is kept."""

import json
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from sqlalchemy import text

from app.services.jql import UTC_ZONE, search
from app.store import similarity, tables
from app.store.database import Database
from app.store.sites import Site
from connectors.jira.export import entries
from connectors.jira.keyset import Order
from connectors.jira.webhook import check_document, read_event
from jobs import text_words
from jobs.folding import apply
from jobs.sync.issues import HISTORY, WHOLE, read_page, save_page
from jobs.told import APPLIED, Told
from tests.deep import deep_text, with_deep_text
from tests.factories import day
from tests.jobs.support import context_of, scripted, unconnected
from tests.payloads import comment, issue, issue_event
from tests.stores import a_site, rows

pytestmark = pytest.mark.anyio

# Odd signs are read and written by slower ways, which go less deep.
ODD = ["", "\\u0000", "\\ud800", "\\u0027"]
DEPTHS = [80, 247, 480, 10_000]


def told_of(site: Site, body: bytes) -> Told:
    check_document(body)  # as the door does
    return Told(1, read_event(body), site, unconnected(site), day(2))


async def found(database: Database, site: Site, jql: str) -> list[str]:
    await text_words.index(context_of(database), unconnected(site))
    with database.read() as tx:
        return search(tx, site, jql, now=day(10), zone=UTC_ZONE)


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("depth", DEPTHS)
async def test_events_with_deep_texts_are_applied_and_indexed(
    database: Database, depth: int, odd: str
) -> None:
    told: Any = issue_event("jira:issue_created", issue(updated=day(2), description="deep"), at=day(2))
    said: Any = {"webhookEvent": "comment_created", "issue": issue(), "comment": comment(body="deep")}
    with database.write() as tx:
        site = a_site(tx)
        for document in (told, said):
            one = told_of(site, with_deep_text(document, "deep", depth, above=f"zebra {odd}"))
            assert apply(tx, [one]) == [APPLIED]
    assert await found(database, site, "description ~ zebra") == ["BURN-1"]
    assert await found(database, site, "comment ~ zebra") == ["BURN-1"]
    assert await found(database, site, "text ~ lion") == ([] if depth > 80 else ["BURN-1"])
    with database.read() as tx:
        assert all(row["has_words"] for row in rows(tx, tables.issue_texts) + rows(tx, tables.comments))
        (one,) = similarity.texts(tx, site, ["11"])
    assert "zebra" in one.description


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("depth", DEPTHS)
async def test_a_page_of_a_sync_with_deep_texts_is_saved_whole(
    database: Database, depth: int, odd: str
) -> None:
    """Also where other fields and comments are as deep."""
    texts = {"description": "deep", "customfield_10077": "deep"}
    texts |= {"comment": {"comments": [comment(body="deep")], "total": 1}}
    fine = issue(2, updated=day(2), description="A giraffe.")
    found_ = {"issues": [issue(updated=day(2), **texts), fine], "isLast": True}
    for one in found_["issues"]:
        one["changelog"] = {"startAt": 0, "maxResults": 0, "total": 0, "histories": []}
    answer = with_deep_text(found_, "deep", depth, above=f"zebra {odd}")
    told = {"Content-Type": "application/json"}
    with database.write() as tx:
        site = a_site(tx)
    async with scripted(lambda _: httpx.Response(200, content=answer, headers=told)) as jira:
        listed = await jira.search_page(
            "project = BURN", fields=WHOLE, expand=HISTORY, order=Order.CREATED, unread=True
        )
        page = await read_page(unconnected(site), site, listed.issues)
    with database.write() as tx:
        save_page(tx, site, page)
    assert not page.failures
    both = await found(database, site, "description ~ zebra OR description ~ giraffe")
    assert set(both) == {"BURN-1", "BURN-2"}
    assert await found(database, site, "comment ~ zebra") == ["BURN-1"]


async def test_texts_that_were_kept_deep_before_are_read_and_indexed(database: Database) -> None:
    """Some 490 in each other were, where nobody looked; beyond that Python's own readers end."""
    event = issue_event("jira:issue_created", issue(updated=day(2), description="x" * 600), at=day(2))
    with database.write() as tx:
        site = a_site(tx)
        apply(tx, [told_of(site, json.dumps(event).encode())])
        kept = f'{{"description": {deep_text(490)}}}'
        texts = "CAST(:kept AS jsonb)" if tx.dialect.name == "postgresql" else ":kept"
        tx.execute(text(f"UPDATE issue_texts SET texts = {texts}, has_words = false"), {"kept": kept})
    assert await found(database, site, "description ~ zebra") == ["BURN-1"]
    with database.read() as tx:
        (one,) = similarity.texts(tx, site, ["11"])
    assert one.description == "zebra"


@pytest.mark.parametrize("depth", DEPTHS)
def test_exports_with_deep_texts_are_read_line_by_line(tmp_path: Path, depth: int) -> None:
    export = tmp_path / "export.jsonl"
    lines = [
        with_deep_text(issue(1, description="deep"), "deep", depth),
        msgspec.json.encode(issue(2)),
    ]
    export.write_bytes(b"\n".join(lines))
    assert [(one.fault, (one.document or {}).get("key")) for one in entries(export)] == [
        ("", "BURN-1"),
        ("", "BURN-2"),
    ]


def test_a_whole_answer_as_an_export_names_what_is_too_deep(tmp_path: Path) -> None:
    export = tmp_path / "export.json"
    whole = b"[" + with_deep_text(issue(1, description="deep"), "deep", 10_000) + b"]"
    export.write_bytes(whole)
    faults = [one.fault for one in entries(export) if one.fault]
    assert len(faults) == 1
    assert "nested too deep; write one issue a line" in str(faults[0])
