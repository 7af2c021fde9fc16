"""Comments for some readers only: said with every write, and with nothing beside them that all can see."""

from typing import Any

import pytest

from app.domain.comments import Audience
from app.domain.reports.target import Target
from app.store.database import Database
from connectors.errors import Refused
from tests.jobs.posted import done, targeted
from tests.jobs.support import Sandboxed, carried_out, sandboxed

GROUP_ID = "276f955c-63d7-42c8-9520-92d01dca0625"


async def made(database: Database, jira: Sandboxed, audience: Audience | None, kind: str) -> list[Any]:
    """Our comments, after another report."""
    target = Target("BURN-1", audience=audience)
    await carried_out(database, targeted(jira, target), kind=kind, board=1, **target.wish())
    await done(database, targeted(jira, target))
    return [one async for one in jira.site.jira.comments("BURN-1") if one.get("properties")]


@pytest.mark.parametrize(
    ("deployment", "audience", "told"),
    [
        ("cloud", Audience("role", "Developers"), {"value": "Developers", "identifier": "Developers"}),
        ("cloud", Audience("group", "jira-software-users"), {"value": "jira-software-users"}),
        ("cloud", Audience("group", GROUP_ID), {"identifier": GROUP_ID}),
        ("datacenter", Audience("role", "Developers"), {"value": "Developers"}),
        ("datacenter", Audience("group", "jira-software-users"), {"value": "jira-software-users"}),
    ],
)
async def test_every_write_says_who_may_read_it_and_shows_no_file(
    database: Database, deployment: str, audience: Audience, told: dict[str, str]
) -> None:
    async with sandboxed(database, deployment=deployment) as jira:
        for _ in range(2):  # written, then edited
            (comment,) = await made(database, jira, audience, "sprint_health")
            assert comment["visibility"] == {"type": audience.kind, **told}
        first, second = await made(database, jira, audience, "velocity")
        assert first["visibility"] == second["visibility"]
        assert await jira.site.jira.attachments("BURN-1") == [], "whoever sees the issue sees its files"


async def test_a_comment_for_all_says_nothing_and_shows_its_chart(database: Database) -> None:
    async with sandboxed(database) as jira:
        (comment,) = await made(database, jira, None, "sprint_health")
        assert "visibility" not in comment
        assert await jira.site.jira.attachments("BURN-1") != []


async def test_a_role_that_there_is_not_is_refused_in_jiras_words_and_nothing_is_shown_to_all(
    database: Database,
) -> None:
    async with sandboxed(database) as jira:
        with pytest.raises(Refused, match="The role 'Leads' does not exist"):
            await made(database, jira, Audience("role", "Leads"), "sprint_health")
        assert [one async for one in jira.site.jira.comments("BURN-1") if one.get("properties")] == []


def test_a_report_that_is_tried_out_elsewhere_is_for_the_same_readers() -> None:
    own = Target("BURN-1", audience=Audience("role", "Developers"))
    elsewhere = own.of_run({"post_to": "BURN-2"})
    assert elsewhere is not None
    assert (elsewhere.issue, elsewhere.audience) == ("BURN-2", own.audience)
