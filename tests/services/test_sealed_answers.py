"""Another key for what servers answered rules, of which there may be much: a few rows in each transaction."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Connection

from app.services import sealed_answers
from app.services.sealed_answers import Answers, lock_all_anew
from app.services.secrets import ANSWER, Keyring, new_key, purpose_of
from app.store import tables
from app.store.database import Database
from tests.conftest import NOW
from tests.stores import a_site, rows

OLD, NEW = new_key(), new_key()
NUMBER = 7


@pytest.fixture
def owed(database: Database, monkeypatch: pytest.MonkeyPatch) -> Database:
    """Seven requests that wait, each with an answer, and one without; two are worked on at once."""
    monkeypatch.setattr(sealed_answers, "_AT_ONCE", 2)
    with database.write() as tx:
        site = a_site(tx)
        for number in range(NUMBER + 1):
            sealed = Keyring([OLD]).lock(f"answer {number}", purpose=purpose_of(site.name, ANSWER))
            row = {"site_id": site.id, "kind": "web_request", "idempotency_key": str(number), "cause": "c"}
            row |= {"subject": f"web:{number}", "state": "waiting", "due_at": NOW, "created_at": NOW}
            payload = {"url": "https://x.test", "sealed": sealed if number < NUMBER else ""}
            tx.execute(tables.effects.insert().values(**row, payload=payload))
    return database


def locked_by(database: Database, key: str) -> list[str]:
    """The answers that a key alone opens."""
    ring, found = Keyring([key]), []
    with database.read() as tx:
        for row in rows(tx, tables.effects):
            sealed = row["payload"]["sealed"]
            if ring.is_newest(sealed):
                found.append(ring.open(sealed, purpose=purpose_of("demo", ANSWER)))
    return found


@contextmanager
def between(database: Database, happens: Callable[[int], None]) -> Iterator[None]:
    """What happens before each transaction that writes, which is told its number, from 1."""
    write, number = database.call_write, 0

    async def call_write(work: Callable[[Connection], Any]) -> Any:
        nonlocal number
        number += 1
        happens(number)
        return await write(work)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(database, "call_write", call_write)
        yield


async def test_others_write_between_and_what_they_write_stands(owed: Database) -> None:
    def another_writes(number: int) -> None:
        newest = Keyring([NEW]).lock("asked again", purpose=purpose_of("demo", ANSWER))
        with owed.write() as tx:
            if number == 1:  # of the rows that are in hand, one has ended and one is another now
                tx.execute(tables.effects.update().filter_by(id=1).values(state="done"))
                again = {"url": "https://x.test", "sealed": newest}
                tx.execute(tables.effects.update().filter_by(id=2).values(payload=again))

    with between(owed, another_writes):
        done = await lock_all_anew(owed, Keyring([NEW, OLD]))
    assert done == Answers(NUMBER - 1, ())
    assert locked_by(owed, NEW) == ["asked again", *(f"answer {number}" for number in range(2, NUMBER))]
    assert locked_by(owed, OLD) == ["answer 0"]


async def test_what_was_broken_off_goes_on_where_it_was(owed: Database) -> None:
    def dies(number: int) -> None:
        if number == 3:
            raise ConnectionAbortedError

    with between(owed, dies), pytest.raises(ConnectionAbortedError):
        await lock_all_anew(owed, Keyring([NEW, OLD]))
    assert len(locked_by(owed, NEW)) == 4
    assert await lock_all_anew(owed, Keyring([NEW, OLD])) == Answers(3, ())
    assert len(locked_by(owed, NEW)) == NUMBER
    assert await lock_all_anew(owed, Keyring([NEW])) == Answers(0, ())


async def test_those_that_no_key_opens_are_all_named(owed: Database) -> None:
    done = await lock_all_anew(owed, Keyring([NEW]))
    assert done == Answers(0, tuple(f"effect {number} of site demo" for number in range(1, NUMBER + 1)))
