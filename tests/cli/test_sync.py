"""A sync from the command line."""

from collections.abc import Callable

import pytest

from app.cli import sync as sync_command
from app.store import sites
from app.store.database import Database
from jobs.sync.reading import Reading
from tests.cli.support import burnish, says
from tests.conftest import NOW


def test_what_a_sync_could_not_read_is_named_and_the_command_fails(
    configured: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    configured()

    async def sync(*_: object, **__: object) -> Reading:
        return Reading(NOW, {"issues": 5}, {"board 7": "hidden"})

    monkeypatch.setattr(sync_command, "sync_site", sync)
    said = says(burnish("sync"))
    assert "5 issues" in said
    assert "board 7 cannot be read: hidden" in said


def test_the_database_that_is_made_knows_the_sites_of_the_settings(
    configured: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    configured()

    async def sync(*_: object, **__: object) -> Reading:
        return Reading(NOW, {"issues": 0})

    monkeypatch.setattr(sync_command, "sync_site", sync)
    assert burnish("sync").exit_code == 0
    database = Database("sqlite:///burnish.db")
    with database.read() as tx:
        assert sites.get_site(tx, "demo").base_url == "https://burnish.test"
    database.close()
