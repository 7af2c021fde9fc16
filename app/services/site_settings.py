"""Sites that are made and edited over the API; their secrets go in, and never come out again."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from pydantic import SecretStr, ValidationError
from sqlalchemy import Connection, RowMapping

from app.errors import NotPossible, NotUnderstood
from app.faults import faults_of
from app.services import versions
from app.services.board_habits import check_habits
from app.services.grooming_wish import read_wish
from app.services.sealed_answers import Answers
from app.services.secrets import CHANNEL, OAUTH_SECRET, TOKEN, WEBHOOK_SECRET, Keyring, purpose_of
from app.settings import SiteSettings
from app.store import linked_issues, runs, site_settings, sites

SECRET: Mapping[str, Any] = {
    "token": True,
    "webhook_secrets": True,
    "oauth": {"client_secret", "token_file"},
    "channels": True,
}
"""What a site has that is not in its document. Nobody names files of this machine over the API."""

Adopt = Callable[[Connection, str, SiteSettings], None]


def create(
    connection: Connection, keyring: Keyring, name: str, site: SiteSettings, *, adopt: Adopt, now: datetime
) -> RowMapping:
    """A new site, served from now on.

    Raises:
        NotPossible: the name is taken, or stands for another Jira.
        NotUnderstood: there is no such check, formula or option.
        SecretsLocked: there is no key to keep its secrets with.
    """
    sites.lock_settings(connection)
    if name in sites.names(connection) and site_settings.get(connection, name)["settings"] is not None:
        raise NotPossible(f"There is a site {name!r} already. Edit it, or choose another name.")
    _check_grooming(site)
    check_habits(connection, name, {one.board: one for one in site.sprint_health})
    check_habits(connection, name, {one.board: one for one in site.flow}, part="flow")
    adopt(connection, name, site)
    row = site_settings.get(connection, name, lock=True)
    site_settings.forget_secrets(connection, row["id"])
    _keep(connection, keyring, row, site, now=now)
    _keep_channels(connection, keyring, row, site, now=now)
    for secret in reversed(site.webhook_secrets):  # the first is the newest
        _put(connection, keyring, row, WEBHOOK_SECRET, secret, now=now)
    site_settings.save(connection, row["id"], document_of(site))
    return site_settings.get(connection, name)


def _check_links(connection: Connection, site_id: int, wanted: Sequence[str]) -> None:
    """Words that no link has would see nothing that is blocked; before the first sync none are known."""
    there = linked_issues.readings(connection, site_id)
    known = {words.casefold() for words in there}
    for place, words in enumerate(wanted):
        if there and words.casefold() not in known:
            message = f"No link of the site reads {words!r}; there are: {', '.join(there)}."
            raise NotUnderstood(message, field=f"/body/blocked_by_links/{place}")


def _check_grooming(site: SiteSettings) -> None:
    """A mistake in what is wanted of backlogs is told now, and not on Monday."""
    for number, one in enumerate(site.backlog_grooming):
        try:
            read_wish(one.wish)
        except NotUnderstood as error:
            raise NotUnderstood(str(error), field=f"/body/backlog_grooming/{number}{error.field}") from None


def _keep(
    connection: Connection, keyring: Keyring, row: RowMapping, site: SiteSettings, *, now: datetime
) -> None:
    """Keep how we sign in, in place of what was kept."""
    given = {TOKEN: site.token, OAUTH_SECRET: site.oauth.client_secret if site.oauth else None}
    for name, secret in given.items():
        site_settings.forget_secrets(connection, row["id"], name)
        if secret is not None:
            _put(connection, keyring, row, name, secret, now=now)


def _keep_channels(
    connection: Connection, keyring: Keyring, row: RowMapping, site: SiteSettings, *, now: datetime
) -> None:
    """Keep addresses of channels, in place of those that were kept."""
    for one in site_settings.secrets_of(connection, now=now, site_id=row["id"]):
        if one["name"].startswith(CHANNEL):
            site_settings.forget_secrets(connection, row["id"], one["name"])
    for name, address in site.channels.items():
        _put(connection, keyring, row, f"{CHANNEL}{name}", address, now=now)


def document_of(site: SiteSettings) -> dict[str, Any]:
    """What of a site may be seen."""
    return site.model_dump(mode="json", exclude=dict(SECRET), exclude_unset=True)


def _put(
    connection: Connection, keyring: Keyring, row: RowMapping, name: str, secret: SecretStr, *, now: datetime
) -> None:
    sealed = keyring.lock(secret.get_secret_value(), purpose=purpose_of(row["name"], name))
    site_settings.put_secret(connection, row["id"], name, sealed, now=now)


def opened(
    connection: Connection,
    keyring: Keyring,
    row: RowMapping,
    *,
    now: datetime,
    edits: Mapping[str, Any] | None = None,
) -> SiteSettings:
    """A site of the store with its secrets, and with edits of it (None takes back what was said).

    Raises:
        SecretsLocked: no key opens them.
        ValidationError: it is none that this version understands.
    """
    document = {**row["settings"], **(edits or {})}
    kept: dict[str, list[str]] = {TOKEN: [], WEBHOOK_SECRET: [], OAUTH_SECRET: []}
    for one in site_settings.secrets_of(connection, now=now, site_id=row["id"]):
        replaced = {TOKEN: "token", OAUTH_SECRET: "oauth"}.get(one["name"], "")
        if one["name"].startswith(CHANNEL):
            kept[one["name"]] = []
        if one["name"] not in kept or replaced in (edits or {}):
            continue  # tokens are for the client, and nobody need open what is replaced
        kept[one["name"]].append(keyring.open(one["sealed"], purpose=purpose_of(row["name"], one["name"])))
    if kept[TOKEN]:
        document["token"] = kept[TOKEN][0]
    if kept[OAUTH_SECRET]:
        document["oauth"] = {**document["oauth"], "client_secret": kept[OAUTH_SECRET][0]}
    document["webhook_secrets"] = kept[WEBHOOK_SECRET]
    channels: dict[str, Any] = {
        name.removeprefix(CHANNEL): kept[name][0] for name in kept if name.startswith(CHANNEL)
    }
    if edits and "channels" in edits:
        channels = {**channels, **edits["channels"]} if edits["channels"] is not None else {}
    document["channels"] = {name: address for name, address in channels.items() if address is not None}
    return SiteSettings(**{name: value for name, value in document.items() if value is not None})


def of_store(connection: Connection, name: str) -> RowMapping:
    """The row of a site that was made over the API; nobody else edits it until the transaction ends.

    Raises:
        NotFound: no such site.
        NotPossible: it was not made over the API.
    """
    row = site_settings.get(connection, name, lock=True)
    if row["settings"] is None:
        raise NotPossible(
            f"Site {name!r} was not made over the API: what it is like stands in the settings, "
            f"under [sites.{name}]."
        )
    return row


def edit(
    connection: Connection,
    keyring: Keyring,
    name: str,
    edits: Mapping[str, Any],
    *,
    seen: str | None,
    adopt: Adopt,
    now: datetime,
) -> RowMapping:
    """Change a site.

    Args:
        connection: inside a transaction.
        keyring: locks a new token.
        name: which site.
        edits: by setting; None takes back what was said.
        seen: the editor's `If-Match`.
        adopt: brings what follows from it into the store.
        now: the instant.

    Raises:
        NotFound: no such site.
        NotPossible: it was not made over the API.
        VersionNeeded, ChangedMeanwhile: see `versions.check`.
        NotUnderstood: the site would not be one.
        SecretsLocked: there is no key for its secrets.
    """
    row = of_store(connection, name)
    versions.check(seen, row["version"], what=f"site {name}")
    if not edits:
        raise NotUnderstood("Nothing to change: give at least one setting.", field="/body")
    try:
        site = opened(connection, keyring, row, now=now, edits=edits)
    except ValidationError as error:
        place, said = faults_of(error, SiteSettings)[0]
        where = "".join(f"/{part}" for part in place)
        raise NotUnderstood(f"The site would not be one: {said}.", field=f"/body{where}") from None
    if {"token", "oauth"} & edits.keys():
        _keep(connection, keyring, row, site, now=now)
    _check_grooming(site)
    if "sprint_health" in edits:
        check_habits(connection, name, {one.board: one for one in site.sprint_health})
    if "flow" in edits:
        check_habits(connection, name, {one.board: one for one in site.flow}, part="flow")
    if "blocked_by_links" in edits:
        _check_links(connection, row["id"], site.blocked_by_links or ())
    if "channels" in edits:
        _keep_channels(connection, keyring, row, site, now=now)
    adopt(connection, name, site)
    site_settings.save(connection, row["id"], document_of(site))
    return site_settings.get(connection, name)


@dataclass(frozen=True, slots=True)
class Rotated:
    """A new webhook secret.

    Attributes:
        secret: for Jira.
        old_until: so long the ones before are valid, too; None where there was none.
    """

    row: RowMapping
    secret: str = field(repr=False)
    old_until: datetime | None


def rotate_webhook_secret(
    connection: Connection,
    keyring: Keyring,
    name: str,
    *,
    secret: str | None,
    keep: timedelta,
    now: datetime,
) -> Rotated:
    """Let another secret sign webhooks; those before it are valid for a while, so that no delivery is lost.

    Raises:
        NotFound: no such site.
        NotPossible: it was not made over the API.
        SecretsLocked: there is no key to keep it with.
    """
    row = of_store(connection, name)
    site_settings.forget_ended(connection, now=now)
    site_settings.end_secrets(connection, row["id"], WEBHOOK_SECRET, ends_at=now + keep)
    before = [one for one in shown_secrets(connection, row, now=now) if one["name"] == WEBHOOK_SECRET]
    chosen = secret or secrets.token_urlsafe(32)
    _put(connection, keyring, row, WEBHOOK_SECRET, SecretStr(chosen), now=now)
    site_settings.save(connection, row["id"], row["settings"])
    until = max((one["ends_at"] for one in before), default=None)
    return Rotated(site_settings.get(connection, name), chosen, until)


def shown_secrets(connection: Connection, row: RowMapping, *, now: datetime) -> Sequence[RowMapping]:
    """Which secrets a site has, by name and age; of those of the settings nothing is known here."""
    return site_settings.secrets_of(connection, now=now, site_id=row["id"])


def remove(connection: Connection, name: str, *, seen: str | None) -> RowMapping:
    """Serve a site no more, and forget its secrets. What was read of its Jira stays, and its history.

    Raises:
        NotFound: no such site.
        NotPossible: it was not made over the API.
        VersionNeeded, ChangedMeanwhile: see `versions.check`.
    """
    row = of_store(connection, name)
    versions.check(seen, row["version"], what=f"site {name}")
    runs.switch_off(connection, row["id"])
    site_settings.forget_secrets(connection, row["id"])
    site_settings.save(connection, row["id"], None)
    return row


@dataclass(frozen=True, slots=True)
class Resealed:
    """How many secrets the newest key locks now, and the purposes of those that no key opens.

    Attributes:
        answers: likewise of what servers answered rules that have not ended.
    """

    locked_anew: int
    not_opened: tuple[str, ...]
    answers: Answers


def rotate_keys(connection: Connection, keyring: Keyring, *, answers: Answers, now: datetime) -> Resealed:
    """Lock every secret with the newest key, so that the others can be thrown away.

    `answers` says what became of what servers answered, which `sealed_answers.lock_all_anew` did before.
    """
    done, lost = 0, []
    site_settings.forget_ended(connection, now=now)
    for one in site_settings.secrets_of(connection, now=now):
        purpose = purpose_of(one["site"], one["name"])
        if keyring.is_newest(one["sealed"]):
            continue
        try:
            secret = keyring.open(one["sealed"], purpose=purpose)
        except NotPossible:
            lost.append(purpose)
            continue
        site_settings.reseal(connection, one["id"], keyring.lock(secret, purpose=purpose))
        done += 1
    return Resealed(done, tuple(lost), answers)
