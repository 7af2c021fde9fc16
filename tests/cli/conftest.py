import json
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import uvicorn

from app import main
from app.settings import load_settings
from app.store.database import Database
from tests.cli.support import SITE
from tests.logs import logging_as_before
from tests.services.test_sprint_health import fill


@pytest.fixture(autouse=True)
def as_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    with logging_as_before():
        yield


@pytest.fixture
def configured(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    def configure(url: str = "sqlite:///burnish.db", **site: Any) -> None:
        monkeypatch.setenv("BURNISH_DATABASE_URL", url)
        monkeypatch.setenv("BURNISH_SITES", json.dumps({"demo": {**SITE, **site}}))
        monkeypatch.setenv("BURNISH_API_KEYS", json.dumps(["planted-key"]))

    return configure


@pytest.fixture
def filled(database_url: str, configured: Callable[..., None]) -> str:
    """A store with a sprint, of the site in the settings."""
    configured(database_url)
    database = Database(database_url)
    with database.write() as tx:
        fill(tx)
    database.close()
    return database_url


@pytest.fixture
def url(tmp_path: Path, sqlite_template: Path) -> str:
    """A store that one process writes."""
    path = tmp_path / "burnish.db"
    path.write_bytes(sqlite_template.read_bytes())
    return f"sqlite:///{path}"


@pytest.fixture
def served(url: str, configured: Callable[..., None]) -> Iterator[str]:
    """Address of a service that holds the store; nobody works in it."""
    configured(url)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        app = main.create_app(load_settings(), address=address, works=False)
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="on"))
        thread = Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.01)
        yield address
        server.should_exit = True
        thread.join()
