"""The sites that this process serves: those of the settings, and those that were made over the API meanwhile.

A site of the store has the same shape as one of the settings, so everything behind this treats them alike.
Where both name one, the settings stand.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from app import log
from app.api.state import SiteDoor
from app.connections import calendars_of, flow_target, habits_of, jira_site, target_of
from app.errors import BurnishError, SecretsLocked, SettingsInvalid
from app.services import site_settings as service
from app.services.secrets import Keyring
from app.settings import Settings, SiteSettings
from app.store import site_settings, sites
from app.store.database import Database

if TYPE_CHECKING:
    from jobs.context import JiraSite

Clock = Callable[[], datetime]
Connect = Callable[[SiteSettings, str], Awaitable[Any]]

LOOK_EVERY = timedelta(seconds=5)
"""So soon a process serves what another one was told; and a webhook secret that was replaced ends."""

_log = log.get(__name__)


def keyring_of(settings: Settings) -> Keyring:
    """The keys that lock and open the store's secrets.

    Raises:
        SettingsInvalid: one is no key, or the file cannot be read.
    """
    given = settings.secret_key.get_secret_value() if settings.secret_key else ""
    if settings.secret_key_file is not None:
        try:
            given += " " + settings.secret_key_file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsInvalid(
                f"secret_key_file: {settings.secret_key_file} cannot be read ({type(error).__name__})."
            ) from None
    return Keyring(given.split())


@dataclass(frozen=True, slots=True)
class Stored:
    """Sites of the store, by name, and why some of them cannot be served."""

    settings: Mapping[str, SiteSettings]
    rows: Mapping[str, sites.Site]
    locked: Mapping[str, str]


def stored(connection: Connection, keyring: Keyring, *, now: datetime) -> Stored:
    """All sites that were made over the API."""
    found: dict[str, SiteSettings] = {}
    rows: dict[str, sites.Site] = {}
    locked: dict[str, str] = {}
    for row in site_settings.all_stored(connection):
        name = row["name"]
        try:
            found[name] = service.opened(connection, keyring, row, now=now)
            rows[name] = sites.get_site(connection, name)
        except SecretsLocked as error:
            locked[name] = str(error)
        except ValidationError as error:  # an older version wrote it, or a newer one
            parts = "; ".join(".".join(str(part) for part in fault["loc"]) for fault in error.errors())
            locked[name] = f"This version does not understand its settings ({parts}). Edit the site."
    return Stored(found, rows, locked)


def stored_of(settings: Settings, database: Database, *, now: datetime) -> Stored:
    """The sites of the store that the settings do not name, for a command; none where there is no store."""
    keyring = keyring_of(settings)
    try:
        with database.read() as connection:
            found = stored(connection, keyring, now=now)
    except (BurnishError, DBAPIError):  # none, or one of an older version
        return Stored({}, {}, {})
    named = settings.sites.keys()
    return Stored(
        {name: site for name, site in found.settings.items() if name not in named},
        found.rows,
        {name: reason for name, reason in found.locked.items() if name not in named},
    )


def with_stored(settings: Settings, database: Database, *, now: datetime) -> Settings:
    """The settings with the sites of the store, for a command; without a store, as they are."""
    found = stored_of(settings, database, now=now)
    return settings.model_copy(update={"sites": {**found.settings, **settings.sites}})


def door_of(row: sites.Site, settings: SiteSettings) -> SiteDoor:
    """A site as its doors need it."""
    return SiteDoor(
        id=row.id,
        name=row.name,
        webhook_secrets=tuple(secret.get_secret_value() for secret in settings.webhook_secrets),
        targets={one.board: target_of(one) for one in settings.sprint_health},
        flow_targets={one.board: flow_target(one) for one in settings.flow},
        flow_weeks={one.board: one.weeks for one in settings.flow},
        calendars=calendars_of(settings),
        habits=habits_of(settings),
        shows_restricted=settings.shows_restricted,
        grooming_issues={one.board: one.report_issue for one in settings.backlog_grooming},
        grooming_wish=settings.grooming_wish,
        delivery_wishes={one.board: one.wish for one in settings.delivery},
        channels=tuple(settings.channels),
    )


class SiteBook:
    """Keeps doors and clients those of the sites that there are now.

    Attributes:
        doors: by name; changed in place, as `jira` is, so whoever holds it sees it.
        jira: by id, where this process works.
        locked: by name, why a site of the store is not served.
    """

    def __init__(
        self,
        settings: Settings,
        database: Database,
        *,
        now: Clock,
        adopt: Callable[..., sites.Site],
        know: Callable[[str], None],
    ) -> None:
        self.keyring = keyring_of(settings)
        self.in_settings = frozenset(settings.sites)
        self.doors: dict[str, SiteDoor] = {}
        self.jira: dict[int, JiraSite] = {}
        self.locked: Mapping[str, str] = {}
        self._settings = settings
        self._database = database
        self._now = now
        self._adopt = adopt
        self._know = know
        self._connect: Connect | None = None
        self._served: dict[str, SiteSettings] = {}
        self._turn = asyncio.Lock()

    def adopt(self, connection: Connection, name: str, site: Any, *, by: str) -> None:
        """Make its row, its schedules and its first sync, inside the transaction that makes or edits it."""
        self._adopt(connection, name, site, by=by)

    def keeps_tokens(self, name: str) -> bool:
        """Whether the OAuth tokens of that site belong into the store."""
        site = self._settings.sites.get(name) or self._served.get(name)
        return site is not None and site.oauth is not None and site.oauth.token_file is None

    async def open(self, rows: Mapping[str, sites.Site], connect: Connect | None) -> None:
        """Begin with the sites of the settings, then add those of the store.

        Args:
            rows: of the settings' sites.
            connect: makes the client of a site; None where nobody works here.
        """
        self._connect = connect
        for name, row in rows.items():
            await self._serve(row, self._settings.sites[name])
        await self.refresh()

    async def refresh(self) -> None:
        """Serve what the store says now."""
        async with self._turn:
            now = self._now()
            found = await self._database.call_read(lambda tx: stored(tx, self.keyring, now=now))
            self._tell_locked(found.locked)
            wanted = {name: site for name, site in found.settings.items() if name not in self.in_settings}
            for name in self._served.keys() - wanted.keys():
                self.jira.pop(self.doors.pop(name).id, None)
                del self._served[name]
                _log.info("site.left", site=name)
            for name, site in wanted.items():
                if self._served.get(name) != site:
                    await self._serve(found.rows[name], site, before=self._served.get(name))
                    self._served[name] = site
                    _log.info("site.served", site=name)

    def _tell_locked(self, locked: Mapping[str, str]) -> None:
        for name, reason in locked.items():
            if name not in self.locked:
                _log.error("site.locked", site=name, reason=reason)
        self.locked = locked

    async def _serve(
        self, row: sites.Site, site: SiteSettings, *, before: SiteSettings | None = None
    ) -> None:
        if self._connect is not None:
            known = self.jira.get(row.id)
            # A client that was replaced ends with this process: somebody may be in the middle of a call.
            same = known is not None and before is not None and _way_in(before) == _way_in(site)
            jira = known.jira if known is not None and same else await self._connect(site, row.name)
            self.jira[row.id] = jira_site(row, site, jira)
        self.doors[row.name] = door_of(row, site)
        self._know(row.name)

    async def follow(self) -> None:
        """Look again and again, until cancelled: other processes change sites, too, and secrets end."""
        while True:
            await asyncio.sleep(LOOK_EVERY.total_seconds())
            try:
                await self.refresh()
            except Exception as error:  # noqa: BLE001 - the next look may go well
                _log.error("sites.not_read", reason=type(error).__name__)


def _way_in(site: SiteSettings) -> SiteSettings:
    """What a client is made of."""
    return site.model_copy(
        update={
            "webhook_secrets": (),
            "projects": (),
            "sprint_health": (),
            "backlog_grooming": (),
            "flow": (),
            "delivery": (),
        }
    )
