"""Pages of a sync are left unread where nobody asks; that must say the same as reading all of them."""

import gc
import weakref
from typing import Any

import httpx
import msgspec
import pytest

from app.domain.scrum.changelogs import Changelogs
from app.domain.scrum.from_jira import NotReadable, SiteFields, read_histories
from app.store import sites
from app.store.database import Database
from app.store.types import as_json, from_json
from connectors.jira.documents import SearchPage
from connectors.jira.keyset import Order
from connectors.jira.unread import read_issues
from jobs.sync import run as sync
from jobs.sync.issues import HISTORY, WHOLE, Page, read_page
from jobs.sync.pages import pages_of
from tests.jobs.support import SANDBOX, Sandboxed, sandboxed, scripted, silent

pytestmark = pytest.mark.anyio
JQL = 'project = "BURN"'


def said(page: Page) -> dict[str, Any]:
    """All that is kept of a page, whether its values were read or not."""
    return {
        "issues": [
            {
                # Which tells texts apart by how they were written, and these were written by two.
                **{name: getattr(one, name) for name in one.__struct_fields__ if name != "texts_digest"},
                "fields": from_json(as_json(one.fields)),
                "texts": from_json(as_json(one.texts)),
            }
            for one in page.records
        ],
        "changes": page.changes,
        "comments": page.comments,
        "lists": page.comment_lists,
        "links": page.around.links,
        "files": page.around.attachments,
        "worklogs": page.around.worklogs,
        "people": {
            account: {name: shown.get(name) for name in ("accountId", "key", "name", "displayName", "active")}
            for account, shown in page.around.people.items()
        },
        "failures": page.failures,
    }


async def pages(jira: Sandboxed, *, unread: bool) -> list[SearchPage]:
    client = jira.site.jira
    asked = {"order": Order.UPDATED, "fields": WHOLE, "expand": HISTORY, "at_most": 30}
    return [page async for page in pages_of(client, JQL, **asked, unread=unread)]


@pytest.mark.parametrize("deployment", ["cloud", "datacenter"])
async def test_an_unread_page_says_what_a_read_one_says(database: Database, deployment: str) -> None:
    async with sandboxed(database, deployment=deployment) as jira:
        for path, content in (
            ("comment", {"body": "Agreed" if deployment == "datacenter" else _ADF}),
            ("worklog", {"timeSpentSeconds": 3600, "started": "2026-11-18T09:00:00.000+0000"}),
        ):
            where = f"/rest/api/{2 if deployment == 'datacenter' else 3}/issue/BURN-1/{path}"
            bearer = {"Authorization": f"Bearer {SANDBOX.token}"}
            signed_in: Any = {"auth": None, "headers": bearer} if deployment == "datacenter" else {}
            (await jira.operator.post(where, json=content, **signed_in)).raise_for_status()
        await sync.sync(jira.context, jira.site, report=silent)
        with database.read() as tx:
            site = sites.site_by_id(tx, jira.site.id)
        read, unread = await pages(jira, unread=False), await pages(jira, unread=True)
        assert len(read) == len(unread) > 1
        for one, other in zip(read, unread, strict=True):
            assert one.next_page_token == other.next_page_token
            whole, kept = [await read_page(jira.site, site, page.issues) for page in (one, other)]
            assert said(kept) == said(whole)
            assert any(kept.changes.values())


_ADF = {
    "type": "doc",
    "version": 1,
    "content": [{"type": "paragraph", "content": [{"type": "text", "text": "Agreed"}]}],
}


ODD = [
    b'{"issues": [{"id": "1", "key": "BURN-1", "fields": []}]}',
    b'{"issues": [{"id": "1", "key": "BURN-1", "changelog": {"total": 1, "histories": ["?"]}}]}',
    b'{"issues": [{"id": "1", "key": "BURN-\\ud83d", "fields": {}}]}',
    b'\xef\xbb\xbf{"issues": [{"id": "1", "key": "BURN-1", "fields": {}}]}',
]


@pytest.mark.parametrize("body", ODD)
async def test_an_answer_of_another_shape_is_read_whole(body: bytes) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("serverInfo"):
            return httpx.Response(200, json={"deploymentType": "Cloud"})
        return httpx.Response(200, content=body, headers={"content-type": "application/json"})

    async with scripted(answer) as jira:
        (read, unread) = [
            await jira.search_page(JQL, fields=WHOLE, expand=HISTORY, order=Order.CREATED, unread=unread)
            for unread in (False, True)
        ]
    assert unread == read


def test_items_in_the_same_words_say_the_same_and_odd_ones_are_read_too() -> None:
    item = (
        b'{"field":"status","fieldId":"status","from":"1","fromString":"To Do","to":"3","toString":"Doing"}'
    )
    odd = b'{"field":"summary","fieldtype":"jira","from":null,"fromString":"\\u00c4","to":7,"toString":""}'
    entries = [
        b'{"id":"%d","created":"2026-03-01T13:52:2%d.000+0100","author":%s,"items":[%s]}'
        % (number, number, author, items)
        for number, author, items in (
            (2, b"null", odd),
            (1, b'{"accountId":"a","displayName":"Ann"}', item + b"," + item),
            (3, b'{"accountId":"a","displayName":"Ann Later"}', item + b"," + item),
            (4, b'{"key":"b","name":"bo"}', item),
        )
    ]
    body = b'{"issues":[{"id":"1","changelog":{"total":4,"histories":[' + b",".join(entries) + b"]}}]}"
    (document,) = read_issues(body)["issues"]
    (whole,) = httpx.Response(200, content=body).json()["issues"]
    found, fields = Changelogs(SiteFields()), SiteFields()
    changes = found.read(document["changelog"]["histories"])
    assert changes == read_histories(whole["changelog"]["histories"], fields)
    assert [(one.history_id, one.position, one.author) for one in changes] == [
        (1, 0, "a"),
        (1, 1, "a"),
        (2, 0, None),
        (3, 0, "a"),
        (3, 1, "a"),
        (4, 0, "b"),
    ]
    assert {account: one.get("displayName") for account, one in found.people.items()} == {
        "a": "Ann Later",
        "b": None,
    }
    entry = {"id": "5", "created": "2026-03-01T13:52:25.000+0100", "items": msgspec.Raw(b'["status"]')}
    with pytest.raises(NotReadable, match="items"):
        found.read([entry])


async def test_an_answer_is_let_go_of_when_it_was_read() -> None:
    answers: list[weakref.ref[httpx.Response]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("serverInfo"):
            return httpx.Response(200, json={"deploymentType": "Cloud"})
        response = httpx.Response(200, json={"issues": [{"id": "1", "key": "BURN-1", "fields": {}}]})
        answers.append(weakref.ref(response))
        return response

    gc.disable()
    try:
        async with scripted(answer) as jira:
            page = await jira.search_page(JQL, fields=WHOLE, expand=HISTORY, order=Order.CREATED, unread=True)
            assert page.issues
            assert [one() for one in answers] == [None]
    finally:
        gc.enable()
