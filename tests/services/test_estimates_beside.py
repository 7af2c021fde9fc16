"""Learning takes seconds and much text: what others ask meanwhile, and how much of it is held at once."""

import importlib
import random
import threading
import tracemalloc
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import make_url, update

from app.domain.similarity.estimates import MOST_TEAMS, Suggestion
from app.services import similarity
from app.services.similarity import Learnt
from app.store import boards, other_teams, tables
from app.store.database import Database
from app.store.sites import Site
from tests.factories import DONE, a_board, day
from tests.services.test_similarity import a_team, save

_PATIENCE = 20


class Slow:
    """Stands before what learns, until it is let go."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.begun, self.go = threading.Event(), threading.Event()
        learn = similarity.learn

        def slowly(*args: Any) -> Any:
            self.begun.set()
            self.go.wait(_PATIENCE)
            return learn(*args)

        monkeypatch.setattr(similarity, "learn", slowly)


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Iterator[Slow]:
    made = Slow(monkeypatch)
    yield made
    made.go.set()


def stored(database: Database) -> Site:
    with database.write() as tx:
        return a_team(tx)


def test_duplicates_and_known_estimates_are_told_while_another_team_is_learnt_from(
    database: Database, slow: Slow
) -> None:
    site, learnt = stored(database), Learnt()
    slow.go.set()
    with database.read() as tx:
        learnt.estimate(tx, site, "BURN-999")
    slow.begun.clear()
    slow.go.clear()
    with database.write() as tx:
        boards.save_board(tx, site.id, a_board(id=2), heard_at=day(0), project_key="BURN")

    def estimated(board: int) -> Any:
        with database.read() as tx:
            return learnt.estimate(tx, site, "BURN-999", board_id=board).answer

    with ThreadPoolExecutor(2) as threads:
        asked = threads.submit(estimated, 2)
        assert slow.begun.wait(_PATIENCE)
        with database.read() as tx:
            assert threads.submit(learnt.duplicates, tx, site, "BURN-1", limit=3).result(_PATIENCE).candidates
        assert isinstance(threads.submit(estimated, 1).result(_PATIENCE), Suggestion)
        slow.go.set()
        assert isinstance(asked.result(_PATIENCE), Suggestion)


def test_postgresql_waits_for_whoever_learns(
    postgresql_only: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It ends transactions that ask nothing for ten seconds, and learning may take longer."""
    site, slow = stored(postgresql_only), Slow(monkeypatch)
    url = make_url(postgresql_only.engine.url).update_query_dict(
        {"options": "-c idle_in_transaction_session_timeout=200"}
    )
    impatient = Database(url.render_as_string(hide_password=False))
    threading.Timer(1, slow.go.set).start()
    try:
        with impatient.read() as tx:
            assert isinstance(Learnt().estimate(tx, site, "BURN-999").answer, Suggestion)
    finally:
        impatient.close()


def test_other_teams_teach_nothing_of_their_restricted_issues(database: Database) -> None:
    with database.write() as tx:
        site = a_team(tx)

        def taught() -> set[str]:
            return {one.text.id for one in dict(other_teams.teams(tx, site, 2))["BURN"]}

        one, *others = sorted(taught())
        tx.execute(update(tables.issues).where(tables.issues.c.id == one).values(security_id="1"))
        assert taught() == set(others)


def test_of_other_teams_the_texts_of_one_are_held_at_once(database: Database) -> None:
    chance, words = random.Random(4), [f"word{number}" for number in range(300)]
    with database.write() as tx:
        site = a_team(tx)
        for team in range(8):
            boards.save_board(tx, site.id, a_board(id=10 + team), heard_at=day(0), project_key=f"T{team}")
            for number in range(50):
                long = " ".join(chance.choices(words, k=3_000))
                fields = {"description": long, "points": 1 + number % 3, "status": DONE, "updated": day(3)}
                save(tx, site, 100_000 * (team + 1) + number, project=f"T{team}", summary="Some", **fields)
    size = 50 * 3_000 * 8
    with database.read() as tx:
        importlib.import_module("app.domain.similarity.other_teams")  # its own size is not meant
        tracemalloc.start()
        try:
            found = similarity._teams(tx, site)
            held, most = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert len(found) == 9 <= MOST_TEAMS
    assert most < 4 * size
    assert held < size
