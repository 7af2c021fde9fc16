"""Charts in the living comment: attached once, shown, replaced, on both editions of the sandbox Jira."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from app.domain.comments import CommentBody, CommentPicture, LivingComment
from app.domain.reports.comment_pictures import has_place, prefix_of, put, words_of
from app.store import outbox, tables
from app.store.claim import Claimed, claim
from app.store.database import Database
from connectors.charts.renderer import NotDrawn
from connectors.errors import Unreachable
from jobs.effects import carry_out
from tests.jobs.support import OPENS, Sandboxed, sandboxed
from tests.jobs.test_effects import ended
from tests.stores import LEASE

EDITIONS = pytest.mark.parametrize("deployment", ["cloud", "datacenter"])
MARKER, PLACE = "sprint-health:1:7", "burnish-picture-sprint"


def document(*texts: str) -> dict[str, Any]:
    def paragraph(text: str) -> dict[str, Any]:
        return {"type": "paragraph", "content": [{"type": "text", "text": text}]}

    return {"type": "doc", "version": 1, "content": [paragraph(text) for text in texts]}


def body_for(deployment: str, *texts: str) -> CommentBody:
    return document(*texts) if deployment == "cloud" else "\n\n".join(texts)


def named(look: str) -> CommentPicture:
    name = f"{prefix_of(MARKER)}sprint-{look}.png"
    return CommentPicture(name, PLACE, "Burndown: 8 at the start, 5 remaining.", {"mark": "bar"})


def owed(database: Database, jira: Sandboxed, deployment: str, look: str, *, key: str = "run:1:m") -> Claimed:
    body = body_for(deployment, "Sprint health", PLACE, f"The look is {look}.")
    effect = LivingComment("BURN-1", MARKER, body, (named(look),))
    with database.write() as tx:
        outbox.put(tx, jira.site.id, effect, key=key, cause="test", correlation="run:1", now=OPENS)
        (work,) = claim(tx, tables.effects, worker="w", now=OPENS, lease=LEASE, limit=1)
    return work


async def names(jira: Sandboxed) -> list[str]:
    return [one["filename"] for one in await jira.site.jira.attachments("BURN-1")]


async def body_of(jira: Sandboxed) -> CommentBody:
    found = [one async for one in jira.site.jira.comments("BURN-1")]
    (ours,) = [one["body"] for one in found if "The look is" in json.dumps(one["body"])]
    return ours


def shows(body: CommentBody, name: str) -> bool:
    if isinstance(body, str):
        return f"!{name}|width=" in body
    return [node["type"] for node in body["content"]] == ["paragraph", "mediaSingle", "paragraph"]


@EDITIONS
async def test_a_picture_is_attached_and_shown_and_the_next_look_replaces_it(
    database: Database, deployment: str
) -> None:
    async with sandboxed(database, deployment=deployment) as jira:
        foreign = await jira.site.jira.attach("BURN-1", "theirs.png", b"x", "image/png")
        for number, look in enumerate(("one", "two"), 1):
            work = owed(database, jira, deployment, look, key=f"run:{number}:m")
            ended(database, work, await carry_out(jira.context, work))
            assert await names(jira) == [named(look).file_name, foreign["filename"]] or number == 2
            body = await body_of(jira)
            assert shows(body, named(look).file_name)
            assert words_of(body) == body_for(deployment, "Sprint health", f"The look is {look}.")
        assert sorted(await names(jira)) == sorted([named("two").file_name, "theirs.png"])


@EDITIONS
async def test_the_same_look_is_not_attached_again(database: Database, deployment: str) -> None:
    async with sandboxed(database, deployment=deployment) as jira:
        for number in (1, 2):
            work = owed(database, jira, deployment, "same", key=f"run:{number}:m")
            ended(database, work, await carry_out(jira.context, work))
        assert await names(jira) == [named("same").file_name]
        assert len([one for one in await jira.requests("/attachments") if one["method"] == "POST"]) == 1


@EDITIONS
async def test_after_a_crash_before_the_comment_the_file_is_found_not_doubled(
    database: Database, deployment: str
) -> None:
    async with sandboxed(database, deployment=deployment) as jira:
        work = owed(database, jira, deployment, "one")
        fault = {"kind": "fail_next", "method": "POST", "path": "/comment", "status": 503}
        (await jira.operator.post("/_sandbox/faults", json=fault)).raise_for_status()
        with pytest.raises(Unreachable):
            await carry_out(jira.context, work)
        ended(database, work, await carry_out(jira.context, work))
        assert await names(jira) == [named("one").file_name]
        assert shows(await body_of(jira), named("one").file_name)


@EDITIONS
async def test_where_files_are_refused_the_report_is_posted_without_its_picture(
    database: Database, deployment: str
) -> None:
    async with sandboxed(database, deployment=deployment) as jira:
        fault = {"kind": "fail_next", "method": "POST", "path": "/attachments", "status": 403}
        (await jira.operator.post("/_sandbox/faults", json=fault)).raise_for_status()
        work = owed(database, jira, deployment, "one")
        ended(database, work, await carry_out(jira.context, work))
        assert await body_of(jira) == body_for(deployment, "Sprint health", "The look is one.")


async def test_a_chart_that_cannot_be_drawn_is_left_out(database: Database) -> None:
    def draw(_: Mapping[str, Any]) -> bytes:
        raise NotDrawn

    async with sandboxed(database) as jira:
        work = owed(database, jira, "cloud", "one")
        ended(database, work, await carry_out(replace(jira.context, draw=draw), work))
        assert await body_of(jira) == body_for("cloud", "Sprint health", "The look is one.")
        assert await names(jira) == []


def test_a_place_is_a_paragraph_of_its_own_and_never_part_of_what_people_write() -> None:
    for edition in ("cloud", "datacenter"):
        body = body_for(edition, "before", f"say {PLACE}", PLACE)
        assert has_place(body, PLACE)
        assert put(body, PLACE, None) == body_for(edition, "before", f"say {PLACE}")
        assert not has_place(put(body, PLACE, None), PLACE)
