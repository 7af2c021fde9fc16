"""Messages through Apprise: where they may go, what is said when they do not, and that no secret gets out."""

import logging
from collections.abc import Iterator

import pytest

from connectors.channels import check, send
from connectors.errors import ConnectorError
from connectors.web import NotAllowedOut, NotTaken
from tests.taker import Taker, taking

SECRET = "planted-secret-in-an-address"


@pytest.fixture
def taker() -> Iterator[Taker]:
    with taking() as server:
        yield server


def sent(taker: Taker, *, private: tuple[str, ...] | None = None, path: str = SECRET, more: str = "") -> None:
    allowed = (taker.host,) if private is None else private
    address = f"json://{taker.host}/{path}/{more}"
    send("team", address, title="Sprint health", body="**At risk** of _much_", private=allowed)


def test_a_message_arrives_with_title_and_text(taker: Taker) -> None:
    sent(taker)
    ((path, message),) = taker.taken
    assert SECRET in path
    assert message["title"] == "Sprint health"
    assert "At risk" in message["message"]


def test_a_server_of_the_own_network_is_refused_until_an_admin_names_it_and_its_port(taker: Taker) -> None:
    for private in ((), ("127.0.0.1",), ("127.0.0.1:1",), ("other.invalid:80",)):
        with pytest.raises(NotAllowedOut) as refused:
            sent(taker, private=private)
        assert "channel_private_hosts" in str(refused.value)
        assert not refused.value.retryable
    assert taker.taken == []


def test_a_redirect_into_the_own_network_gains_nothing(taker: Taker) -> None:
    with taking() as inside:
        taker.status, taker.location = 307, f"http://{inside.host}/"
        with pytest.raises(ConnectorError):
            sent(taker, more="?redirect=yes")
        assert inside.taken == []


def test_only_the_thread_that_sends_is_guarded(taker: Taker) -> None:
    sent(taker)
    taker.status = 500
    with pytest.raises(NotTaken):
        sent(taker)
    assert len(taker.taken) == 2  # the server answered from this very process


@pytest.mark.parametrize(
    ("status", "again"), [(500, True), (503, True), (429, True), (404, False), (401, False)]
)
def test_what_may_pass_is_tried_again_and_a_no_is_one(taker: Taker, status: int, again: bool) -> None:
    taker.status = status
    with pytest.raises(NotTaken) as refused:
        sent(taker)
    assert (refused.value.retryable, str(status) in str(refused.value)) == (again, True)


def test_silence_is_tried_again(taker: Taker) -> None:
    host = taker.host
    taker.server_close()
    with pytest.raises(NotTaken) as refused:
        send("team", f"json://{host}/{SECRET}", title="t", body="b", private=(host,))
    assert refused.value.retryable


@pytest.mark.parametrize(
    "address", [f"nonsense://{SECRET}", SECRET, "", f"slack://{SECRET}", f"syslog://{SECRET}", "DBus://"]
)
def test_what_is_no_channel_is_refused_without_repeating_it(address: str) -> None:
    with pytest.raises(NotAllowedOut) as refused:
        check("team", address)
    assert "channel team" in str(refused.value)
    assert SECRET not in str(refused.value)


def test_no_secret_is_logged_or_told(taker: Taker, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    seen = logging.Handler()
    records: list[str] = []
    seen.emit = lambda record: records.append(record.getMessage())  # type: ignore[method-assign]
    logging.getLogger().addHandler(seen)
    try:
        taker.status = 404
        with pytest.raises(NotTaken) as refused:
            sent(taker)
        with pytest.raises(NotAllowedOut):
            sent(taker, private=())
    finally:
        logging.getLogger().removeHandler(seen)
    assert SECRET not in "\n".join((str(refused.value), *records, caplog.text))
