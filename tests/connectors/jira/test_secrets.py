"""The token reaches Jira, and nobody else."""

import base64
import logging
import traceback

import httpx
import pytest

from connectors.errors import ConnectorError
from connectors.http import open_client
from connectors.jira.auth import ApiToken
from tests.connectors.jira.site import BASE, EMAIL, TOKEN, Site, ok

ENCODED = base64.b64encode(f"{EMAIL}:{TOKEN}".encode()).decode()


async def test_every_request_is_signed_with_mail_address_and_token(site: Site) -> None:
    site.answers("GET", "/rest/api/3/myself", ok({}))
    await site.jira.myself()
    assert site.requests[0].headers["Authorization"] == f"Basic {ENCODED}"
    assert site.requests[0].headers["User-Agent"] == "burnish"


def test_the_token_is_not_in_what_the_credentials_say_of_themselves() -> None:
    auth = ApiToken(EMAIL, TOKEN)
    for text in (repr(auth), str(auth), f"{auth}"):
        assert EMAIL in text
        assert TOKEN not in text
        assert ENCODED not in text


@pytest.mark.parametrize(
    "answer",
    [
        *(httpx.Response(status) for status in (302, 400, 401, 403, 404, 409, 500)),
        httpx.ConnectError("refused"),
    ],
)
async def test_the_token_is_in_no_error_and_no_log_line(
    odd_site: Site, answer: httpx.Response | Exception, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    odd_site.answers("GET", "/rest/api/3/myself", *[answer] * 5)
    with pytest.raises(ConnectorError) as caught:
        await odd_site.jira.myself()
    told = "".join(traceback.format_exception(caught.value)) + repr(caught.value) + caplog.text
    assert TOKEN not in told
    assert ENCODED not in told
    assert repr(odd_site.jira).count(TOKEN) == 0


async def test_an_error_names_the_path_and_not_the_query(odd_site: Site) -> None:
    odd_site.answers("GET", "/rest/api/3/mypermissions", httpx.Response(403))
    with pytest.raises(ConnectorError) as caught:
        await odd_site.jira.permissions(["BROWSE_PROJECTS"], "HUSH")
    assert caught.value.asked == "GET /rest/api/3/mypermissions"
    assert "HUSH" not in str(caught.value)


@pytest.mark.parametrize(
    "base_url",
    [
        "",
        "burnish.test",
        "ftp://burnish.test",
        "https://",
        "https://u:p4ss:x@burnish.test:no",
        "https://u:p4ss@burnish.test",
        f"{BASE}?a=p4ss",
    ],
)
def test_a_base_url_that_is_none_is_refused_without_repeating_it(base_url: str) -> None:
    with pytest.raises(ValueError, match="base URL") as caught:
        open_client(base_url, auth=ApiToken(EMAIL, TOKEN))
    assert "p4ss" not in str(caught.value)


async def test_a_session_of_jira_is_not_kept_so_a_revoked_token_is_noticed_at_once(odd_site: Site) -> None:
    answer = ok({}, **{"Set-Cookie": "JSESSIONID=abc; Path=/"})
    odd_site.answers("GET", "/rest/api/3/myself", answer, answer)
    await odd_site.jira.myself()
    await odd_site.jira.myself()
    assert "Cookie" not in odd_site.requests[1].headers


async def test_credentials_do_not_follow_a_redirect(odd_site: Site) -> None:
    elsewhere = odd_site.router.route(host="elsewhere.test").mock(return_value=ok({}))
    redirect = httpx.Response(302, headers={"location": "https://elsewhere.test/"})
    odd_site.answers("GET", "/rest/api/3/myself", redirect)
    with pytest.raises(ConnectorError):
        await odd_site.jira.myself()
    assert not elsewhere.called
