"""The service as it is served, in this process, without a network."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI
from sqlalchemy import make_url

from app.main import create_app
from app.services.secrets import new_key
from app.settings import Settings
from app.store.database import Database
from tests.conftest import NOW, execute_on
from tests.payloads import SECRET, signed

API_KEY = "an-api-key-for-tests"
BEARER = {"Authorization": f"Bearer {API_KEY}"}
SECRET_KEY = new_key()
HOOK = "/webhooks/jira/demo"
PROBLEM = "application/problem+json"


def settings_for(url: str, **overrides: Any) -> Settings:
    """One site; its Jira is nowhere."""
    site = {
        "url": "http://127.0.0.1:1",
        "email": "bot@burnish.test",
        "token": "a-token",
        "webhook_secrets": [SECRET],
        "projects": ["BURN"],
        "sprint_health": [{"board": 1, "report_issue": "BURN-1"}],
    }
    values: dict[str, Any] = {
        "database_url": url,
        "sites": {"demo": site},
        "api_keys": [API_KEY],
        "secret_key": SECRET_KEY,
    }
    return Settings(**{**values, **overrides})


@dataclass(frozen=True)
class Service:
    """A running service and a caller with a key."""

    app: FastAPI
    http: httpx.AsyncClient
    url: str

    @property
    def database(self) -> Database:
        found: Database = self.app.state.doors.database
        return found

    async def deliver(self, body: bytes, path: str = HOOK, **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.http.post(path, content=body, headers={**signed(body), **named})

    def lose_the_store(self) -> None:
        """The file is deleted, the database dropped: what no supervisor protects from."""
        if self.database.is_sqlite:
            Path(make_url(self.url).database or "").unlink()
            return
        server = make_url(self.url).set(database="postgres").render_as_string(hide_password=False)
        execute_on(server, f"DROP DATABASE {make_url(self.url).database} WITH (FORCE)")
        # So that the fixture that made it finds one to drop; it is as empty as no database at all.
        execute_on(server, f"CREATE DATABASE {make_url(self.url).database} ALLOW_CONNECTIONS false")


@asynccontextmanager
async def serving(
    url: str, *, when_worker_ends: Callable[[], object] = lambda: None, **overrides: Any
) -> AsyncIterator[Service]:
    app = create_app(settings_for(url, **overrides), now=lambda: NOW, when_worker_ends=when_worker_ends)
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://burnish.test", headers=BEARER) as http,
    ):
        yield Service(app, http, url)


def is_problem(response: httpx.Response, status: int) -> dict[str, Any]:
    """The answer is an RFC 9457 problem of this status, with something to read."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == PROBLEM
    problem: dict[str, Any] = response.json()
    assert problem["status"] == status
    assert problem["title"]
    assert problem["detail"]
    assert problem["type"]
    return problem
