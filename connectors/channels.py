"""Messages to chats and mailboxes (Slack, Teams, e-mail and a hundred more), through Apprise.

A channel is an address of Apprise, which holds tokens and passwords: it is never shown, nor what the other
side or the network says of it. Connections go to public addresses only, unless an admin names a host of the
own network: each is looked at in the instant it is made, so redirects and names that change gain nothing.

No such service knows idempotency: what may have been sent is sent again, so a message can come twice.
"""

import logging
import re
import socket
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import apprise

from connectors.web import NotAllowedOut, NotTaken, is_public

_LOCAL = frozenset({"syslog", "dbus", "kde", "qt", "glib", "gnome", "macosx", "windows"})
"""These speak to whoever sits before this machine."""
_PORTS = (25, 80, 443, 465, 587)
"""Of a host without a port: mail and web."""
_LATER = frozenset({408, 425, 429})
_FAULT_OF_THEIRS = 500
_ERROR = re.compile(r"\berror=(\d{3})\b")

Address = tuple[str, int]
_Rules = tuple[set[Address], list[str]]
_guarded: ContextVar[_Rules | None] = ContextVar("guarded", default=None)


def send(
    name: str,
    address: str,
    *,
    title: str,
    body: str,
    heading: str | None = None,
    private: Sequence[str] = (),
    look_up: Callable[[str, int], Sequence[Address]] | None = None,
) -> None:
    """Send one message, and wait until it was taken; for a thread of its own.

    Args:
        name: of the channel, for errors.
        address: of Apprise, such as `slack://…`.
        title: one line, as it is.
        heading: the same as Markdown, for channels that have no titles: there it is the first line of the
            text. `title` where it is left out.
        body: Markdown; Apprise makes of it what the channel shows.
        private: hosts of the own network that may be spoken to, `name` or `name:port`.
        look_up: finds their addresses; the system's by default.

    Raises:
        NotAllowedOut: the address is none that may be used. Nothing was sent.
        NotTaken: the other side says no, or does not answer.
    """
    asked = f"channel {name}"
    channel = _read(asked, address)
    first = title if heading is None or channel.title_maxlen > 0 else heading
    allowed = {one for each in private for one in (look_up or _look_up)(*_parts(each))}
    heard = _Heard()
    with _quiet(heard), _guard(allowed) as refused:
        try:  # of one channel, in this very thread; `Apprise.notify` hands it to others
            taken = channel.notify(body=body, title=first, body_format=apprise.NotifyFormat.MARKDOWN)
        except Exception as error:  # noqa: BLE001 - whatever a plug-in raises, it may quote the address
            raise NotTaken(asked, f"it failed ({type(error).__name__}).", retryable=True) from None
    if refused:
        raise NotAllowedOut(
            asked,
            "its host has an address that is not public. If it is a server of your own network, add it to "
            "`channel_private_hosts`.",
        )
    if not taken:
        status = heard.status
        why = f"the answer was {status}." if status else "it was not taken, or nobody answered."
        later = status is None or status in _LATER or status >= _FAULT_OF_THEIRS
        raise NotTaken(asked, why, retryable=later)


def check(name: str, address: str) -> None:
    """Whether the address is one of a channel.

    Raises:
        NotAllowedOut: it is not; what it is, is not said.
    """
    _read(f"channel {name}", address)


def _asset() -> apprise.AppriseAsset:
    return apprise.AppriseAsset(app_id="Burnish", app_desc="Burnish", async_mode=False, secure_logging=True)


def _read(asked: str, address: str) -> Any:
    scheme = address.partition("://")[0].casefold()
    if scheme in _LOCAL:
        raise NotAllowedOut(asked, f"{scheme}:// shows messages on this machine, where nobody reads them.")
    with _quiet(_Heard()):
        channel = apprise.Apprise.instantiate(address, asset=_asset())
    if channel is None:
        raise NotAllowedOut(
            asked,
            "its address is none that Apprise understands; it looks like slack://…, msteams://…, mailtos://… "
            "(Apprise's own pages list them all).",
        )
    return channel


class _Heard(logging.Handler):
    """Keeps the status of an answer from what Apprise logs, and nothing else: the rest may hold secrets."""

    def __init__(self) -> None:
        super().__init__()
        self.status: int | None = None
        self._thread = threading.get_ident()

    def emit(self, record: logging.LogRecord) -> None:
        if record.thread == self._thread and (found := _ERROR.search(record.getMessage())):
            self.status = int(found[1])


@contextmanager
def _quiet(heard: _Heard) -> Iterator[None]:
    logging.getLogger("urllib3").setLevel(logging.CRITICAL)  # it tells addresses; only Apprise uses it
    logger = logging.getLogger("apprise")
    logger.propagate = False
    logger.setLevel(logging.WARNING)
    logger.addHandler(heard)
    try:
        yield
    finally:
        logger.removeHandler(heard)


class _Refused(OSError):
    """A connection that must not be made."""


@contextmanager
def _guard(allowed: set[Address]) -> Iterator[list[str]]:
    """While it lasts, this thread connects to public addresses and to those allowed.

    Yields:
        Gets an entry when a connection was refused.
    """
    _hook_once()
    refused: list[str] = []
    token = _guarded.set((allowed, refused))
    try:
        yield refused
    finally:
        _guarded.reset(token)


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    """Python tells of every connection before it is made; see the table of audit events in its library."""
    if event not in {"socket.connect", "socket.sendto", "socket.sendmsg"}:
        return
    rules, target = _guarded.get(), arguments[1]
    if rules is None or target is None:  # connected already
        return
    allowed, refused = rules
    host, port = (str(target[0]), target[1]) if isinstance(target, tuple) else (str(target), 0)
    if (host, port) in allowed or _is_address_of_the_internet(host):
        return
    refused.append(event)
    message = "not a public address"
    raise _Refused(message)


def _is_address_of_the_internet(host: str) -> bool:
    try:
        return is_public(host)
    except ValueError:  # a name, or a path of this machine
        return False


_hooking = threading.Lock()
_hooks: list[object] = []


def _hook_once() -> None:
    with _hooking:
        if not _hooks:
            sys.addaudithook(_watch)
            _hooks.append(_watch)


def _parts(host: str) -> tuple[str, int]:
    name, colon, port = host.rpartition(":")
    return (name, int(port)) if colon and port.isdecimal() else (host, 0)


def _look_up(host: str, port: int) -> Sequence[Address]:
    ports = (port,) if port else _PORTS
    try:
        found = {str(each[4][0]) for each in socket.getaddrinfo(host.strip("[]"), None)}
    except OSError:
        return ()
    return [(address, each) for address in found for each in ports]
