"""How the command line asks: always the API, so that rules and messages are the same as everywhere.

SQLite has one writer, so while a service holds the file, that service is asked over HTTP. Where nobody holds
it, and on PostgreSQL, the same application answers inside this process, for as long as the command takes.
"""

import getpass
import logging
import re
import secrets
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, closing, contextmanager
from functools import partial
from typing import Any

import anyio
import httpx
import typer
from anyio.from_thread import BlockingPortal, start_blocking_portal
from pydantic import SecretStr
from sqlalchemy import Connection

from app import log
from app.clock import utc_now
from app.errors import NotPossible
from app.services import access
from app.services.audit import Change, record
from app.settings import Settings
from app.store.database import Database

_PREFIX = "/api/v1"
_SECONDS = 30
_SECONDS_OF_QUESTIONS = 600
"""A replay of months, a preview of a large site, or another key for all there is, takes a while."""
_SECONDS_TO_REST = 5
_QUESTIONS = ("/rules/preview", "/rules/replay", "/grooming-policies/preview", "/secrets/rotate")


class Caller:
    """Asks the API.

    Attributes:
        address: of the service that is asked; empty where this process answers itself.
    """

    def __init__(self, http: httpx.AsyncClient, portal: BlockingPortal, address: str) -> None:
        self._http = http
        self._portal = portal
        self.address = address

    def get(self, path: str, **query: Any) -> httpx.Response:
        """Look; what is None in the query is left out."""
        given = {name: value for name, value in query.items() if value is not None}
        return self._ask("GET", path, params=given)

    def all(self, path: str, **query: Any) -> dict[str, Any]:
        """The whole of a list by name, as one page."""
        items: list[Any] = []
        after = None
        while True:
            page = self.get(path, **query, after=after).json()
            items += page["items"]
            after = page["next"]
            if after is None:
                return {"items": items}

    def post(
        self, path: str, body: Mapping[str, Any] | None = None, *, seen: str | None = None, **query: Any
    ) -> httpx.Response:
        """Have something done; where `seen` is given, only to what is still of that version."""
        given = {name: value for name, value in query.items() if value is not None}
        headers = {} if seen is None else {"If-Match": seen}
        return self._ask("POST", path, json=body, params=given, headers=headers)

    def put(self, path: str, body: Mapping[str, Any], *, version: str | None = None) -> httpx.Response:
        """Have it be so; where a version is given, only if it is still that one."""
        headers = {} if version is None else {"If-Match": version}
        return self._ask("PUT", path, json=body, headers=headers)

    def patch(self, path: str, body: Mapping[str, Any], *, version: str) -> httpx.Response:
        """Change what is still of that version."""
        return self._ask("PATCH", path, json=body, headers={"If-Match": version})

    def delete(self, path: str, *, version: str | None = None, **query: Any) -> httpx.Response:
        """Have it gone; where a version is given, only if it is still that one."""
        given = {name: value for name, value in query.items() if value is not None}
        headers = {} if version is None else {"If-Match": version}
        return self._ask("DELETE", path, params=given, headers=headers)

    def _ask(self, method: str, path: str, **content: Any) -> httpx.Response:
        """One call.

        Raises:
            NotPossible: it is refused, or nobody answers.
        """
        if path in _QUESTIONS:
            content["timeout"] = _SECONDS_OF_QUESTIONS
        try:
            answer = self._portal.call(partial(self._asked, method, _PREFIX + path, **content))
        except httpx.HTTPError as error:
            message = (
                f"The service at {self.address} does not answer ({type(error).__name__}). Is it running?"
            )
            raise NotPossible(message) from error
        if answer.is_error:
            raise NotPossible(_detail(answer))
        return answer

    async def _asked(self, method: str, path: str, **content: Any) -> httpx.Response:
        """One call; where we ask too often, again when we may."""
        while True:
            answer = await self._http.request(method, path, **content)
            if answer.status_code != httpx.codes.TOO_MANY_REQUESTS:
                return answer
            said = answer.headers.get("Retry-After", "")
            seconds = int(said) if said.isdecimal() else _SECONDS_TO_REST  # a proxy may name an instant
            typer.echo(f"Asked too often; going on in {seconds} s.", err=True)
            await anyio.sleep(seconds)


@contextmanager
def calling(settings: Settings) -> Iterator[Caller]:
    """A caller of the API on the store of these settings.

    Raises:
        BurnishError: there is no store, it does not answer, or its service does not let us in.
    """
    with closing(Database(settings.database_url.get_secret_value())) as database, database.read():
        pass  # there is one, and it answers
    address = service_on(settings)
    client = _over_http(settings, address) if address else _in_this_process(settings)
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(client) as http:
        yield Caller(http, portal, address)


def service_on(settings: Settings) -> str:
    """The address of the service that holds the store; empty where none does, and on PostgreSQL.

    Raises:
        NotPossible: another process that is no service holds it.
    """
    with closing(Database(settings.database_url.get_secret_value())) as database:
        try:
            database.claim_file({"doing": "a burnish command"})
        except NotPossible:
            address = (database.holder() or {}).get("address")
            if not address:
                raise
            return str(address)
    return ""


@asynccontextmanager
async def _over_http(settings: Settings, address: str) -> AsyncIterator[httpx.AsyncClient]:
    if not settings.api_keys:
        raise NotPossible(
            "The API is closed: set BURNISH_API_KEYS (or `api_keys`), here and for the service."
        )
    key = settings.api_keys[0].get_secret_value()
    async with httpx.AsyncClient(base_url=address, headers=_headers(key), timeout=_SECONDS) as http:
        yield http


@asynccontextmanager
async def _in_this_process(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """The application itself, with a key that nobody else has; of its log, only who changed what."""
    from app import main  # noqa: PLC0415

    log.set_up(level="warning", style=settings.log_format)
    logging.getLogger("app.api").setLevel(logging.INFO)
    key = secrets.token_urlsafe(24)
    app = main.create_app(
        settings.model_copy(update={"api_keys": (SecretStr(key),), "tracing": False}),
        works=False,
        visits=True,
    )
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://burnish", headers=_headers(key)) as http,
    ):
        yield http


def _headers(key: str) -> dict[str, str]:
    """The key, and who types: the audit names them."""
    return {"Authorization": f"Bearer {key}", access.USER: who_types()}


def who_types() -> str:
    """The user of this machine; where it has no name for us, "unknown"."""
    try:
        return re.sub(r"[^\w.@+-]", "_", getpass.getuser(), flags=re.ASCII)[:64]
    except (OSError, KeyError):
        return "unknown"


def on_record(connection: Connection, change: Change) -> None:
    """Write down what a command changes that asks no API."""
    by = access.Caller(f"CLI {who_types()}", access.Role.ADMIN)
    record(connection, change, by=by, request_id=None, now=utc_now())


Note = Callable[[Change], object]
"""Writes a change down."""


@contextmanager
def noting(settings: Settings) -> Iterator[Note]:
    """For a command that changes something and asks no API: what it did goes into the audit.

    Whether that will be possible is found out before anything is done; without a store one is made.

    Raises:
        BurnishError: the store does not answer, or its service does not let us in.
    """
    if service_on(settings):
        with calling(settings) as api:
            api.get("/sites")
            yield lambda change: api.post("/audit", _written(change))
        return
    from app.store.schema import open_newest  # noqa: PLC0415

    database = open_newest(settings.database_url.get_secret_value(), {"doing": "a burnish command"})
    with closing(database):

        def note(change: Change) -> None:
            with database.write() as connection:
                on_record(connection, change)

        yield note


def _written(change: Change) -> dict[str, Any]:
    told = {"action": change.action, "of": change.of, "site": change.site}
    return {**told, "after": None if change.after is None else dict(change.after)}


def _detail(answer: httpx.Response) -> str:
    """The sentence of a problem; whatever else stands at the address sends none."""
    try:
        return str(answer.json()["detail"])
    except (ValueError, KeyError, TypeError):
        return f"{answer.url} answers {answer.status_code}, and is no Burnish."
