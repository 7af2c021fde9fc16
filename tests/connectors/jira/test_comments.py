"""Comments before a small Jira that keeps them, and that can lose its answers."""

import json

import httpx
import pytest

from connectors.errors import Missing, Refused, Unreachable
from tests.connectors.jira.site import ADF, Site, ok

COMMENTS = "/rest/api/3/issue/BURN-1/comment"
MARK = "burnish.effect"


class Thread:
    """The comments of one issue: written, edited and listed two at a time, as Jira would."""

    def __init__(self, site: Site) -> None:
        self.comments: list[dict[str, object]] = []
        self.lose_answers = False
        site.serves("POST", COMMENTS, self.add)
        site.serves("GET", COMMENTS, self.list)
        site.router.route(method="PUT", path__regex=rf"{COMMENTS}/\d+$").mock(side_effect=self.edit)
        site.router.route(method="GET", path__regex=rf"{COMMENTS}/\d+$").mock(side_effect=self.one)

    def add(self, request: httpx.Request) -> httpx.Response:
        comment = {"id": str(100 + len(self.comments)), **json.loads(request.content)}
        self.comments.append(comment)
        return httpx.Response(504) if self.lose_answers else self.shown(request, comment, 201)

    def edit(self, request: httpx.Request) -> httpx.Response:
        comment = self.find(request)
        comment.update(json.loads(request.content))
        return self.shown(request, comment)

    def one(self, request: httpx.Request) -> httpx.Response:
        try:
            return self.shown(request, self.find(request))
        except StopIteration:
            return ok({"errorMessages": ["Can not find a comment"]}, 404)

    def list(self, request: httpx.Request) -> httpx.Response:
        start = int(request.url.params["startAt"])
        ordered = self.comments[::-1] if request.url.params["orderBy"] == "-created" else self.comments
        page = [self.visible(request, comment) for comment in ordered[start : start + 2]]
        return ok({"startAt": start, "maxResults": 2, "total": len(ordered), "comments": page})

    def find(self, request: httpx.Request) -> dict[str, object]:
        return next(each for each in self.comments if each["id"] == request.url.path.rpartition("/")[2])

    def shown(self, request: httpx.Request, comment: dict[str, object], status: int = 200) -> httpx.Response:
        return ok(self.visible(request, comment), status)

    def visible(self, request: httpx.Request, comment: dict[str, object]) -> dict[str, object]:
        """Jira keeps properties to itself unless they are asked for."""
        asked = "properties" in request.url.params.get("expand", "")
        return {key: value for key, value in comment.items() if asked or key != "properties"}


@pytest.fixture
def thread(site: Site) -> Thread:
    return Thread(site)


async def test_comments_are_read_from_either_end(site: Site, thread: Thread) -> None:
    thread.comments = [{"id": str(number), "body": ADF} for number in range(5)]
    assert [each["id"] async for each in site.jira.comments("BURN-1")] == ["0", "1", "2", "3", "4"]
    newest = [each["id"] async for each in site.jira.comments("BURN-1", newest_first=True)]
    assert newest == ["4", "3", "2", "1", "0"]


async def test_a_comment_that_was_written_is_found_by_its_mark(site: Site, thread: Thread) -> None:
    await site.jira.add_comment("BURN-1", ADF, properties={"other": 1})
    written = await site.jira.add_comment("BURN-1", ADF, properties={MARK: {"key": "e-1"}})
    await site.jira.add_comment("BURN-1", ADF)
    await site.jira.add_comment("BURN-1", ADF)
    assert await site.jira.find_comment("BURN-1", property_key=MARK, value={"key": "e-1"}) == written
    assert await site.jira.find_comment("BURN-1", property_key=MARK, value={"key": "e-2"}) is None
    assert await site.jira.find_comment("BURN-1", property_key="other", value={"key": "e-1"}) is None


async def test_of_two_comments_with_one_mark_the_newest_is_found(site: Site, thread: Thread) -> None:
    await site.jira.add_comment("BURN-1", ADF, properties={MARK: 1})
    newest = await site.jira.add_comment("BURN-1", ADF, properties={MARK: 1})
    assert await site.jira.find_comment("BURN-1", property_key=MARK, value=1) == newest


async def test_a_comment_whose_answer_was_lost_is_found_and_not_written_twice(
    site: Site, thread: Thread
) -> None:
    thread.lose_answers = True
    with pytest.raises(Unreachable) as caught:
        await site.jira.add_comment("BURN-1", ADF, properties={MARK: "e-1"})
    assert caught.value.maybe_executed
    assert len(thread.comments) == 1
    found = await site.jira.find_comment("BURN-1", property_key=MARK, value="e-1")
    assert found is not None
    assert found["id"] == "100"


async def test_an_edit_keeps_the_comment_its_mark_and_the_peace_of_its_watchers(
    site: Site, thread: Thread
) -> None:
    await site.jira.add_comment("BURN-1", ADF, properties={MARK: "e-1"})
    changed = {**ADF, "content": [{"type": "paragraph"}]}
    edited = await site.jira.edit_comment("BURN-1", "100", changed)
    assert edited["body"] == changed
    assert edited["properties"] == [{"key": MARK, "value": "e-1"}]
    assert site.requests[-1].url.params["notifyUsers"] == "false"
    await site.jira.edit_comment("BURN-1", "100", changed, notify_users=True, properties={MARK: "e-2"})
    assert site.requests[-1].url.params["notifyUsers"] == "true"
    assert await site.jira.find_comment("BURN-1", property_key=MARK, value="e-2") is not None
    assert len(thread.comments) == 1


async def test_one_comment_is_read_by_its_id_or_missing(site: Site, thread: Thread) -> None:
    await site.jira.add_comment("BURN-1", ADF, properties={MARK: 1})
    assert (await site.jira.comment("BURN-1", "100"))["properties"] == [{"key": MARK, "value": 1}]
    with pytest.raises(Missing, match="comment/999"):
        await site.jira.comment("BURN-1", "999")


async def test_a_comment_that_is_too_long_is_refused_with_jiras_reason(site: Site) -> None:
    reason = "The entered text is too long. It exceeds the allowed limit of 32,767 characters."
    site.answers("POST", COMMENTS, ok({"errorMessages": [], "errors": {"comment": reason}}, 400))
    with pytest.raises(Refused, match="too long") as caught:
        await site.jira.add_comment("BURN-1", ADF)
    assert caught.value.errors == {"comment": reason}
    assert not caught.value.maybe_executed
