"""Requests to addresses that people write into rules: only to hosts that an admin allowed, to nothing inside.

Whoever may write a rule must not reach what only this machine can reach. So the name must be on a list, and
the address behind the name must be public; the connection is made to the very address that was looked at, so
that a name which resolves to another one a moment later gains nothing. Redirects are not followed.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import httpx

from connectors.errors import ConnectorError
from connectors.tls import trusted

_SECONDS = 10.0
"""For each step: connecting, sending, reading."""
LONGEST = 20.0
"""Seconds for a whole request: who answers drop by drop holds nobody up."""
# All that was ever given out of IPv6. Outside of it are networks that translate to IPv4, where what is behind
# an address cannot be seen, and kinds of old that Python counts as global (site-local, IPv4-compatible).
_GIVEN_OUT = ip_network("2000::/3")
_LATER = frozenset({408, 425, 429})
_NOT_REACHED = frozenset({502, 503, 504})
"""What stands before a server says so of it."""
_FAULT_OF_THEIRS = 500
_OK, _REDIRECT = 200, 300

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]


class NotAllowedOut(ConnectorError):
    """The address is none that a rule may ask. Nothing was sent."""


class NotTaken(ConnectorError):
    """The other side says no, or does not answer."""

    def __init__(self, asked: str, why: str, *, retryable: bool) -> None:
        self.retryable = retryable
        self.maybe_executed = retryable
        super().__init__(asked, why)


@dataclass(frozen=True, slots=True)
class Hosts:
    """Where requests may go.

    Attributes:
        public: names, or `name:port` where it is not the usual port; their addresses must be public.
        private: likewise, of servers of the own network: their addresses are not looked at.
    """

    public: tuple[str, ...] = ()
    private: tuple[str, ...] = ()

    def allows(self, url: httpx.URL) -> bool:
        """Whether the name is on one of the lists."""
        return _name(url) in {each.casefold() for each in (*self.public, *self.private)}

    def is_private(self, url: httpx.URL) -> bool:
        """Whether its addresses need not be public."""
        return _name(url) in {each.casefold() for each in self.private}


def _name(url: httpx.URL) -> str:
    host = f"[{url.host}]" if ":" in url.host else url.host
    return (host if url.port is None else f"{host}:{url.port}").casefold()


async def resolve(host: str, port: int) -> Sequence[str]:
    """All addresses of a name."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(each[4][0]) for each in found))


def is_public(address: str) -> bool:
    """Whether the address is one of the internet; what is wrapped into an IPv6 address counts as itself."""
    found: IPv4Address | IPv6Address = ip_address(address.partition("%")[0])
    if isinstance(found, IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo[1] if found.teredo else None)
        found = inner or found
    if isinstance(found, IPv6Address) and found not in _GIVEN_OUT:
        return False
    return found.is_global and not found.is_multicast


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered.

    Attributes:
        headers: by names in lower case.
        body: its first bytes, as many as were asked for; nothing of one that came compressed.
    """

    status: int
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)


async def send(
    method: str,
    address: str,
    *,
    headers: Mapping[str, str],
    body: bytes,
    hosts: Hosts,
    look_up: Resolve = resolve,
    transport: httpx.AsyncBaseTransport | None = None,
    longest: float = LONGEST,
    read: int = 0,
    any_status: bool = False,
) -> Answer:
    """One request; returns the answer.

    Args:
        method: POST and the like.
        address: where to; never shown in full in errors, as it may hold a token.
        headers: what is sent besides.
        body: likewise.
        hosts: where requests may go.
        look_up: how names become addresses.
        transport: in place of the network's.
        longest: seconds that all of it may take.
        read: at most so many bytes of the body.
        any_status: an answer that says no is one, too, unless it says "later".

    Raises:
        NotAllowedOut: the host is not on the list, or its address is not public.
        NotTaken: no answer, or one that says no; a redirect is one.
    """
    url = _read(method, address)
    asked = f"{method} {url.scheme}://{_name(url)}"
    if not hosts.allows(url):
        raise NotAllowedOut(
            asked, "the host is not on the list. An admin can add it to `web_request_hosts` in the settings."
        )
    try:
        async with asyncio.timeout(longest):
            target = await _pinned(asked, url, hosts, look_up)
            answer = await _asked(method, target, url, headers, body, transport, read)
    except TimeoutError as error:
        raise NotTaken(asked, f"no whole answer within {longest:g} s.", retryable=True) from error
    except httpx.LocalProtocolError:  # its text has the header, with whatever secret that holds
        raise NotTaken(asked, "a header is none that can be sent.", retryable=False) from None
    except httpx.HTTPError as error:
        raise NotTaken(asked, f"no answer ({type(error).__name__}).", retryable=True) from None
    status = answer.status
    if any_status and status not in _LATER | _NOT_REACHED:
        return answer
    if not _OK <= status < _REDIRECT:
        later = status in _LATER or status >= _FAULT_OF_THEIRS
        raise NotTaken(asked, f"the answer was {status}.", retryable=later)
    return answer


async def _asked(
    method: str,
    target: httpx.URL,
    url: httpx.URL,
    headers: Mapping[str, str],
    body: bytes,
    transport: httpx.AsyncBaseTransport | None,
    read: int,
) -> Answer:
    """The answer, as far as somebody reads it; compressed, a few bytes could be any number."""
    ours = {"host", "accept-encoding"} if read else {"host"}
    own = [(name.encode(), each.encode()) for name, each in headers.items() if name.casefold() not in ours]
    if read:
        own.append((b"Accept-Encoding", b"identity"))
    client = httpx.AsyncClient(
        timeout=_SECONDS,
        follow_redirects=False,
        trust_env=False,
        transport=transport,
        verify=trusted(environment=False),
    )
    async with (
        client,
        client.stream(
            method,
            target,
            content=body,
            headers=[*own, (b"Host", _name(url).encode())],
            extensions={"sni_hostname": url.host},
        ) as response,
    ):
        said = b""
        if read and response.headers.get("content-encoding", "identity").lower() == "identity":
            async for part in response.aiter_bytes():
                said += part
                if len(said) >= read:
                    break
        return Answer(response.status_code, dict(response.headers), said[:read])


def host_of(address: str) -> str:
    """The host of an address, `name:port` where it is not the usual port.

    Raises:
        NotAllowedOut: it is no address that can be asked.
    """
    return _name(_read("web request", address))


def _read(method: str, address: str) -> httpx.URL:
    try:
        url = httpx.URL(address)
    except (httpx.InvalidURL, TypeError, ValueError):  # whose text quotes it, with whatever secret it holds
        raise NotAllowedOut(method, "the address cannot be read.") from None
    if url.scheme not in {"http", "https"} or not url.host or url.userinfo:
        raise NotAllowedOut(method, "the address must be http:// or https://, with a host and no password.")
    return url


async def _pinned(asked: str, url: httpx.URL, hosts: Hosts, look_up: Resolve) -> httpx.URL:
    """The address with an IP in place of the name."""
    port = url.port or (443 if url.scheme == "https" else 80)
    try:
        found = await look_up(url.host, port)
    except (OSError, UnicodeError) as error:
        raise NotTaken(asked, "the host has no address.", retryable=True) from error
    if not found:
        raise NotTaken(asked, "the host has no address.", retryable=True)
    if not hosts.is_private(url):
        inside = [each for each in found if not is_public(each)]
        if inside:
            raise NotAllowedOut(
                asked,
                "the host has an address that is not public. If it is a server of your own network, "
                "add it to `web_request_private_hosts`.",
            )
    return url.copy_with(host=found[0])
