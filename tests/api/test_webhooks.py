from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy.exc import InternalError
from starlette.types import Message, Scope

from app.store import arrivals
from app.store.tables import deliveries
from tests.api.support import HOOK, Service, is_problem, serving, settings_for
from tests.factories import day
from tests.jobs.support import until
from tests.payloads import SECRET, encoded, issue, issue_event, signed
from tests.stores import rows

BODY = encoded(issue_event("jira:issue_updated", issue(), at=day(1)))
ABOVE_THE_LIMIT = 26_000_000


async def stored(service: Service) -> list[dict[str, Any]]:
    """Deliveries, once the worker has filed them all."""

    def unfiled() -> int:
        with service.database.read() as tx:
            return arrivals.waiting(tx)[0]

    await until(lambda: not unfiled())
    return await service.database.call_read(lambda tx: rows(tx, deliveries))


async def in_pieces(size: int) -> AsyncIterator[bytes]:
    """A body whose length is not announced."""
    for begun in range(0, size, 65536):
        yield b" " * min(65536, size - begun)


async def test_a_signed_delivery_is_accepted_and_there(service: Service) -> None:
    answer = await service.deliver(BODY, x_atlassian_webhook_identifier="abc")
    assert (answer.status_code, answer.content) == (202, b"")
    (row,) = await stored(service)
    assert (row["identity"], row["subject"], row["event"]) == ("id:abc", "issue:11", "jira:issue_updated")


@pytest.mark.parametrize("headers", [{"x_atlassian_webhook_identifier": "abc"}, {}], ids=["named", "unnamed"])
async def test_a_delivery_sent_again_is_accepted_again_and_stored_once(
    service: Service, headers: dict[str, str]
) -> None:
    for retry in ("", "1", "2"):
        answer = await service.deliver(BODY, **headers, x_atlassian_webhook_retry=retry)
        assert answer.status_code == 202
    assert len(await stored(service)) == 1


async def test_a_wrong_signature_is_refused_and_nothing_is_stored(service: Service) -> None:
    for headers in (signed(BODY, "a guess"), {}, {"x-hub-signature": "sha256="}, signed(BODY + b" ")):
        answer = await service.http.post(HOOK, content=BODY, headers=headers)
        problem = is_problem(answer, 401)
        assert problem["type"] == "urn:burnish:problem:not-trusted"
        assert SECRET not in answer.text
    assert await stored(service) == []


async def test_a_site_without_a_secret_trusts_nobody_and_says_how_to_set_one(database_url: str) -> None:
    site = settings_for(database_url).sites["demo"].model_copy(update={"webhook_secrets": ()})
    async with serving(database_url, sites={"demo": site}) as service:
        problem = is_problem(await service.deliver(BODY), 401)
        assert "webhook_secrets" in problem["detail"]


async def test_more_than_jira_ever_sends_is_refused_whether_announced_or_not(service: Service) -> None:
    announced = await service.http.post(HOOK, content=b" " * ABOVE_THE_LIMIT)
    is_problem(announced, 413)
    chunked = await service.http.post(HOOK, content=in_pieces(ABOVE_THE_LIMIT))
    assert "content-length" not in chunked.request.headers
    is_problem(chunked, 413)
    assert await stored(service) == []


async def test_the_largest_body_below_the_limit_is_taken(database_url: str) -> None:
    async with serving(database_url, webhook_body_limit=4096) as service:
        assert (await service.deliver(BODY.ljust(4096))).status_code == 202
        is_problem(await service.deliver(BODY.ljust(4097)), 413)


async def test_a_length_that_is_no_number_is_no_fault_of_ours(service: Service) -> None:
    raw = "²".encode("latin-1")
    answer = await service.http.post(
        HOOK, content=BODY, headers=[(b"content-length", raw), *signed_raw(BODY)]
    )
    assert answer.status_code < 500


def signed_raw(body: bytes) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode()) for name, value in signed(body).items()]


@pytest.mark.parametrize("body", [b"", b"{", b"[1]", b"\xff"])
async def test_a_body_that_is_not_json_is_refused_for_good(service: Service, body: bytes) -> None:
    is_problem(await service.deliver(body), 400)
    assert await stored(service) == []


async def test_a_site_that_is_not_in_the_settings_is_not_found(service: Service) -> None:
    problem = is_problem(await service.deliver(BODY, "/webhooks/jira/nowhere"), 404)
    assert "[sites.<name>]" in problem["detail"]


async def test_while_the_store_is_gone_jira_is_asked_to_come_again(service: Service) -> None:
    assert (await service.deliver(BODY)).status_code == 202
    service.lose_the_store()
    answer = await service.deliver(BODY, x_atlassian_webhook_identifier="later")
    problem = is_problem(answer, 503)
    assert int(answer.headers["retry-after"]) > 0
    assert "burnish doctor" in problem["detail"]
    assert service.url.rpartition("/")[2] not in problem["detail"], "where the store is, is for the log"


async def test_a_fault_of_the_store_that_nobody_foresaw_has_jira_come_again(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Above all PostgreSQL's InternalError, e.g. of a standby: an answer 500 is not sent again for long."""

    def fail(*_: object, **__: object) -> None:
        raise InternalError("INSERT planted", {"body": "planted"}, Exception("index is corrupt"))

    monkeypatch.setattr(arrivals, "keep", fail)
    problem = is_problem(await service.deliver(BODY), 503)
    assert "planted" not in problem["detail"]


async def test_a_client_that_hangs_up_in_the_middle_leaves_nothing_in_store_or_log(
    service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    messages = iter(
        [
            {"type": "http.request", "body": BODY[:100], "more_body": True},
            {"type": "http.disconnect"},
        ]
    )

    async def receive() -> Message:
        return next(messages)

    async def send(_: Message) -> None:
        pass

    headers = [*signed_raw(BODY), (b"content-length", str(len(BODY)).encode())]
    scope: Scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": HOOK,
        "raw_path": HOOK.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": headers,
        "client": ("127.0.0.1", 1),
        "server": ("burnish.test", 80),
    }
    capsys.readouterr()
    await service.app(scope, receive, send)
    assert await stored(service) == []
    said = capsys.readouterr()
    assert "Traceback" not in said.out + said.err
    assert "ClientDisconnect" not in said.out + said.err


async def test_a_webhook_is_only_ever_posted(service: Service) -> None:
    is_problem(await service.http.get(HOOK), 405)
