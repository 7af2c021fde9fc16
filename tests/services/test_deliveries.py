import asyncio
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import Connection, text

from app.errors import NotTrusted, NotUnderstood, StoreUnavailable
from app.services.deliveries import Inbox, receive
from app.store import arrivals
from app.store.arrivals import Arrived
from app.store.database import Database
from tests.payloads import SECRET, encoded, issue, issue_event, signed
from tests.stores import arrived

BODY = encoded({"webhookEvent": "jira:issue_updated", "issue": {"id": "11"}})


def taken(now: datetime, body: bytes = BODY, **headers: str) -> Arrived:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return receive({**signed(body), **named}, body, site_id=1, secrets=[SECRET], now=now)


def test_a_signed_delivery_is_taken_as_it_came(now: datetime) -> None:
    document = issue_event("jira:issue_updated", issue(), at=now)
    got = taken(now, encoded(document), x_atlassian_webhook_identifier="abc", x_atlassian_webhook_retry="2")
    assert (got.site_id, got.identity) == (1, "id:abc")
    assert (got.retry, got.received_at, json.loads(got.body)) == (2, now, document)


def test_a_delivery_with_another_signature_is_not_trusted_and_the_secret_not_told(now: datetime) -> None:
    with pytest.raises(NotTrusted, match="does not fit") as refused:
        receive(signed(BODY, "guess"), BODY, site_id=1, secrets=[SECRET], now=now)
    assert SECRET not in str(refused.value)


def test_a_webhook_without_a_secret_in_jira_is_told_from_one_with_another(now: datetime) -> None:
    with pytest.raises(NotTrusted, match=r"not signed.*Give Jira's webhook one of the secrets") as refused:
        receive({}, BODY, site_id=1, secrets=[SECRET], now=now)
    assert SECRET not in str(refused.value)


def test_while_a_secret_is_exchanged_both_are_trusted(now: datetime) -> None:
    for secret in ("old", "new"):
        assert receive(signed(BODY, secret), BODY, site_id=1, secrets=["old", "new"], now=now)


@pytest.mark.parametrize("secrets", [[], [""]])
def test_without_a_secret_nobody_is_trusted(now: datetime, secrets: list[str]) -> None:
    with pytest.raises(NotTrusted):
        receive(signed(BODY, ""), BODY, site_id=1, secrets=secrets, now=now)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff\xfe", b'"text"'])
def test_a_trusted_body_that_is_no_json_object_is_refused(now: datetime, body: bytes) -> None:
    with pytest.raises(NotUnderstood, match="JSON"):
        taken(now, body)


def test_trust_comes_before_understanding(now: datetime) -> None:
    with pytest.raises(NotTrusted):
        receive({}, b"{", site_id=1, secrets=[SECRET], now=now)


@pytest.mark.parametrize(
    ("header", "count"),
    [("1", 1), ("5", 5), ("", 0), ("-1", 0), ("x", 0), ("\N{SUPERSCRIPT TWO}", 0), ("9" * 30, 1000)],
)
def test_jiras_count_of_retries_is_kept_and_nonsense_is_none(now: datetime, header: str, count: int) -> None:
    assert taken(now, x_atlassian_webhook_retry=header).retry == count


def putting(database: Database, woken: Callable[[], None] = lambda: None, **bounds: int) -> Inbox:
    return Inbox(database, wake=woken, **bounds)


def arriving(number: int, now: datetime, body: bytes = BODY) -> Arrived:
    return Arrived(1, f"id:{number}", 0, now, body)


async def kept(database: Database) -> list[str]:
    found = await database.call_read(arrived)
    return [one.identity for one in found]


async def test_what_jira_may_name_is_storable_whatever_it_holds(database: Database, now: datetime) -> None:
    one = taken(now, x_atlassian_webhook_identifier="\0" + "i" * 400)
    await putting(database).put(one)
    assert await kept(database) == ["id:\N{REPLACEMENT CHARACTER}" + "i" * 251]


async def test_deliveries_that_wait_together_become_durable_together(
    database: Database, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    transactions, woken = 0, 0
    write = database.call_write

    async def counted(work: Callable[[Connection], Any]) -> Any:
        nonlocal transactions
        transactions += 1
        return await write(work)

    def wake() -> None:
        nonlocal woken
        woken += 1

    monkeypatch.setattr(database, "call_write", counted)
    inbox = putting(database, wake)
    await asyncio.gather(*(inbox.put(arriving(n, now)) for n in range(200)))
    assert await kept(database) == [f"id:{number}" for number in range(200)]
    assert transactions <= 3
    assert woken == transactions


async def test_when_the_store_fails_everyone_who_waits_hears_it_and_nothing_is_stored(
    database: Database, now: datetime
) -> None:
    inbox = putting(database)
    await database.call_write(lambda tx: tx.execute(text("ALTER TABLE arrival_bodies RENAME TO elsewhere")))
    results = await asyncio.gather(*(inbox.put(arriving(n, now)) for n in range(20)), return_exceptions=True)
    assert all(isinstance(result, Exception) for result in results)
    await database.call_write(lambda tx: tx.execute(text("ALTER TABLE elsewhere RENAME TO arrival_bodies")))
    assert await database.call_read(arrivals.waiting) == (0, None)


async def test_after_a_failure_the_next_delivery_is_taken_again(database: Database, now: datetime) -> None:
    inbox = putting(database)
    await database.call_write(lambda tx: tx.execute(text("ALTER TABLE arrival_bodies RENAME TO elsewhere")))
    with pytest.raises(Exception, match="arrival_bodies"):
        await inbox.put(arriving(1, now))
    await database.call_write(lambda tx: tx.execute(text("ALTER TABLE elsewhere RENAME TO arrival_bodies")))
    await inbox.put(arriving(2, now))
    assert await kept(database) == ["id:2"]


async def test_more_than_can_wait_is_turned_away_at_once(database: Database, now: datetime) -> None:
    inbox = putting(database, most_waiting=3)
    results = await asyncio.gather(*(inbox.put(arriving(n, now)) for n in range(10)), return_exceptions=True)
    refused = [result for result in results if isinstance(result, StoreUnavailable)]
    assert len(refused) == 7
    assert len(await kept(database)) == 3


async def test_large_ones_that_wait_are_bounded_by_their_bytes_not_only_their_number(
    database: Database, now: datetime
) -> None:
    inbox, large = putting(database, most_bytes=1000), b'{"a": "' + b"x" * 391 + b'"}'
    results = await asyncio.gather(
        *(inbox.put(arriving(n, now, large)) for n in range(10)), return_exceptions=True
    )
    refused = [result for result in results if isinstance(result, StoreUnavailable)]
    assert len(refused) == 8
    await inbox.put(arriving(11, now, large * 5))
    assert len(await kept(database)) == 3, "one that is larger than that is taken where nothing waits"


async def test_what_could_not_be_stored_waits_no_more(database: Database, now: datetime) -> None:
    inbox = putting(database, most_bytes=100)
    await database.call_write(lambda tx: tx.execute(text("ALTER TABLE arrival_bodies RENAME TO elsewhere")))
    with pytest.raises(Exception, match="arrival_bodies"):
        await inbox.put(arriving(1, now, b" " * 90))
    await database.call_write(lambda tx: tx.execute(text("ALTER TABLE elsewhere RENAME TO arrival_bodies")))
    await inbox.put(arriving(2, now, b" " * 90))
    assert await kept(database) == ["id:2"]


async def test_a_caller_who_hangs_up_does_not_disturb_the_others(database: Database, now: datetime) -> None:
    inbox = putting(database)
    gone = asyncio.create_task(inbox.put(arriving(1, now)))
    there = asyncio.create_task(inbox.put(arriving(2, now)))
    await asyncio.sleep(0)
    gone.cancel()
    await there
    assert gone.cancelled()
    assert len(await kept(database)) == 2
