"""What a rule may ask of the web, and what never: each way inside that is known is closed."""

import asyncio
import gzip
import ssl
import time
from collections.abc import Sequence
from typing import Any

import httpx
import pytest

from connectors.http import open_client
from connectors.tls import trusted
from connectors.web import Answer, Hosts, NotAllowedOut, NotTaken, is_public, send

HOSTS = Hosts(public=("hooks.test", "odd.test:8443", "2130706433"), private=("inside.test:8080",))


async def look_up(host: str, port: int) -> Sequence[str]:
    return {
        "hooks.test": ["93.184.216.34"],
        "odd.test": ["93.184.216.34"],
        "inside.test": ["10.0.0.7"],
        "2130706433": ["127.0.0.1"],
    }[host]


async def asked(
    address: str, *, hosts: Hosts = HOSTS, answer: int = 200, **found: Sequence[str]
) -> httpx.Request:
    seen: list[httpx.Request] = []

    async def answered(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(answer, headers={"location": "http://127.0.0.1/"}, content=b"x" * 100)

    async def looked_up(host: str, port: int) -> Sequence[str]:
        return found.get("addresses") or await look_up(host, port)

    await send(
        "POST",
        address,
        headers={"X-Key": "1", "Host": "evil.test"},
        body=b"{}",
        hosts=hosts,
        look_up=looked_up,
        transport=httpx.MockTransport(answered),
    )
    (request,) = seen
    return request


async def test_it_goes_to_the_address_that_was_looked_at_under_its_name() -> None:
    request = await asked("https://hooks.test/services/T1?x=1")
    assert str(request.url) == "https://93.184.216.34/services/T1?x=1"
    assert request.headers["host"] == "hooks.test"
    assert request.extensions["sni_hostname"] == "hooks.test"
    assert request.content == b"{}"


@pytest.mark.parametrize(
    "address",
    [
        "https://elsewhere.test/",
        "https://hooks.test:8080/",
        "https://odd.test/",
        "http://127.0.0.1/",
        "http://[::1]/",
        "http://0x7f000001/",
        "http://127.1/",
        "ftp://hooks.test/",
        "file:///etc/passwd",
        "https://user:password@hooks.test/",
        "https://hooks.test@elsewhere.test/",
        "https://hooks.test.elsewhere.test/",
        "https:///nohost",
        "nonsense",
        "http://[broken",
    ],
)
async def test_what_is_not_on_the_list_is_not_asked(address: str) -> None:
    with pytest.raises(NotAllowedOut) as refused:
        await asked(address)
    assert "password" not in str(refused.value).replace("no password", "")


@pytest.mark.parametrize(
    "inside",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "::1",
        "fe80::1%eth0",
        "fc00::1",
        "fec0::1",
        "::7f00:1",
        "::ffff:0:7f00:1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "2002:7f00:1::",
        "64:ff9b:1::7f00:1",
    ],
)
async def test_a_name_on_the_list_whose_address_is_inside_is_not_asked(inside: str) -> None:
    """As when a name is made to point inside after it was allowed (DNS rebinding)."""
    assert not is_public(inside)
    with pytest.raises(NotAllowedOut, match="not public"):
        await asked("https://hooks.test/", addresses=["93.184.216.34", inside])


async def test_a_decimal_address_is_inside_even_if_somebody_allowed_it() -> None:
    with pytest.raises(NotAllowedOut, match="not public"):
        await asked("http://2130706433/")


async def test_a_server_of_the_own_network_can_be_allowed_by_name() -> None:
    request = await asked("http://inside.test:8080/hook")
    assert str(request.url) == "http://10.0.0.7:8080/hook"


@pytest.mark.parametrize(
    ("status", "again"), [(302, False), (400, False), (404, False), (429, True), (503, True)]
)
async def test_an_answer_that_is_no_yes_says_whether_to_try_again(status: int, again: bool) -> None:
    with pytest.raises(NotTaken, match=str(status)) as refused:
        await asked("https://hooks.test/services/secret-token", answer=status)
    assert refused.value.retryable is again
    assert "secret-token" not in str(refused.value)


async def test_who_answers_drop_by_drop_is_left_after_the_time_for_all_of_it() -> None:
    async def slowly(_: httpx.Request) -> httpx.Response:
        await asyncio.sleep(30)
        return httpx.Response(200)

    began = time.monotonic()
    with pytest.raises(NotTaken, match=r"no whole answer within 0\.1 s") as found:
        await send(
            "POST",
            "https://hooks.test/",
            headers={},
            body=b"",
            hosts=HOSTS,
            look_up=look_up,
            transport=httpx.MockTransport(slowly),
            longest=0.1,
        )
    assert found.value.retryable
    assert time.monotonic() - began < 5


async def test_a_name_server_that_never_answers_counts_too() -> None:
    async def never(host: str, port: int) -> Sequence[str]:
        await asyncio.sleep(30)
        return [f"{host}{port}"]

    with pytest.raises(NotTaken, match="no whole answer"):
        await send(
            "POST", "https://hooks.test/", headers={}, body=b"", hosts=HOSTS, look_up=never, longest=0.1
        )


async def answered(response: httpx.Response, **more: Any) -> tuple[Answer, httpx.Request]:
    seen: list[httpx.Request] = []

    async def answers(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return response

    transport = httpx.MockTransport(answers)
    options: dict[str, Any] = {"hosts": HOSTS, "look_up": look_up, "transport": transport, **more}
    found = await send("GET", "https://hooks.test/", headers={"Accept-Encoding": "gzip"}, body=b"", **options)
    return found, seen[0]


async def test_of_an_answer_so_much_is_read_as_somebody_wants() -> None:
    found, request = await answered(httpx.Response(200, content=b"x" * 5000), read=1000)
    assert found.body == b"x" * 1000
    assert request.headers["accept-encoding"] == "identity"
    assert "xxx" not in repr(found), "no log has it by accident"
    found, request = await answered(httpx.Response(200, content=b"x" * 5000))
    assert (found.body, request.headers["accept-encoding"]) == (b"", "gzip")


async def test_an_answer_that_comes_compressed_all_the_same_is_not_unpacked() -> None:
    """A thousand bytes may become any number."""
    packed = httpx.Response(200, headers={"content-encoding": "gzip"}, content=gzip.compress(b"x" * 10**6))
    found, _ = await answered(packed, read=1000)
    assert (found.status, found.body) == (200, b"")


@pytest.mark.parametrize(
    ("status", "is_answer"),
    [(302, True), (404, True), (500, True), (429, False), (502, False), (503, False), (504, False)],
)
async def test_where_any_answer_counts_later_is_none(status: int, is_answer: bool) -> None:
    response = httpx.Response(status, content=b"why")
    if is_answer:
        found, _ = await answered(response, read=100, any_status=True)
        assert (found.status, found.body) == (status, b"why")
    else:
        with pytest.raises(NotTaken) as refused:
            await answered(response, read=100, any_status=True)
        assert refused.value.retryable


async def test_the_certificates_of_authorities_are_read_once_and_not_by_every_client(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each time takes 17 ms in which the process does nothing else."""
    read, create = [], ssl.create_default_context

    def counted(**where: Any) -> ssl.SSLContext:
        read.append(where)
        return create(**where)

    async def here(_: str, __: int) -> Sequence[str]:
        return ["127.0.0.1"]

    trusted.cache_clear()
    monkeypatch.setattr(ssl, "create_default_context", counted)
    nobody = Hosts(private=("inside.test:1",))
    for _ in range(2):
        open_client("https://burnish.test", auth=httpx.Auth())
        with pytest.raises(NotTaken, match="no answer"):
            await send("POST", "https://inside.test:1/", headers={}, body=b"", hosts=nobody, look_up=here)
    assert len(read) == len(("of Jira", "of rules"))
