"""What each answer and each failure of the network means."""

import inspect
import traceback
from datetime import timedelta

import httpx
import pytest

from connectors import errors
from connectors.answers import document, transport_failure
from connectors.errors import (
    Anonymous,
    CaptchaRequired,
    ConnectorError,
    LoginPage,
    Missing,
    NotAllowed,
    NotAuthenticated,
    NotJira,
    RateLimited,
    Refused,
    Unreachable,
    XsrfRefused,
)

ASKED = "GET /rest/api/3/issue/BURN-1"
CAPTCHA = {"X-Authentication-Denied-Reason": "CAPTCHA_CHALLENGE; login-url=https://burnish.test/login.jsp"}
HTML = {"content-type": "text/html; charset=utf-8"}


def failure(response: httpx.Response, *, changes: bool = False) -> ConnectorError:
    with pytest.raises(ConnectorError) as caught:
        document(response, asked=ASKED, changes=changes)
    return caught.value


@pytest.mark.parametrize(
    ("response", "kind", "facts"),
    [
        (httpx.Response(500), Unreachable, {"status": 500, "retryable": True}),
        (
            httpx.Response(503, headers={"Retry-After": "9"}),
            Unreachable,
            {"retry_after": timedelta(seconds=9)},
        ),
        (httpx.Response(408), Unreachable, {"status": 408}),
        (httpx.Response(429), RateLimited, {"retry_after": None, "reason": None, "retryable": True}),
        (
            httpx.Response(429, headers={"Retry-After": "3", "RateLimit-Reason": "jira-burst-based"}),
            RateLimited,
            {"retry_after": timedelta(seconds=3), "reason": "jira-burst-based"},
        ),
        (httpx.Response(429, headers={"Retry-After": "soon"}), RateLimited, {"retry_after": None}),
        (httpx.Response(401, headers=HTML, text="<html>"), NotAuthenticated, {"retryable": False}),
        (
            httpx.Response(401, headers={"X-Seraph-LoginReason": "AUTHENTICATED_FAILED"}),
            NotAuthenticated,
            {"reason": "AUTHENTICATED_FAILED"},
        ),
        (httpx.Response(403, json={"errorMessages": ["No."]}), NotAllowed, {"messages": ("No.",)}),
        (httpx.Response(404, json={"errorMessages": ["Issue does not exist"]}), Missing, {"asked": ASKED}),
        (httpx.Response(404), Missing, {"messages": ()}),
        (
            httpx.Response(400, json={"errorMessages": ["Bad."], "errors": {"summary": "is empty"}}),
            Refused,
            {"status": 400, "messages": ("Bad.",), "errors": {"summary": "is empty"}},
        ),
        (httpx.Response(400, json={"message": "Bad."}), Refused, {"messages": ("Bad.",)}),
        (httpx.Response(400, json=["odd"]), Refused, {"messages": (), "errors": {}}),
        (httpx.Response(409), Refused, {"status": 409, "retryable": False}),
        (httpx.Response(410, json={"errorMessages": ["removed"]}), Refused, {"status": 410}),
        (httpx.Response(413, headers=HTML, text="<html>"), Refused, {"status": 413}),
        (httpx.Response(302, headers={"Location": "https://sso.test/?s=secret"}), LoginPage, {}),
        (httpx.Response(200, headers=HTML, text="<html>Log in</html>"), LoginPage, {}),
        (httpx.Response(200, text="hello"), NotJira, {}),
        (httpx.Response(401, headers=CAPTCHA), CaptchaRequired, {"retryable": False}),
        (httpx.Response(403, headers=CAPTCHA, text="<html>"), CaptchaRequired, {}),
        (httpx.Response(403, text="XSRF check failed"), XsrfRefused, {"retryable": False}),
        (httpx.Response(200, json={"issues": []}, headers={"X-AUSERNAME": "anonymous"}), Anonymous, {}),
        (
            httpx.Response(
                429,
                headers={"Date": "Mon, 02 Nov 2026 10:00:00 GMT", "X-RateLimit-Reset": "2026-11-02T10:30Z"},
            ),
            RateLimited,
            {"retry_after": timedelta(minutes=30)},
        ),
        (httpx.Response(404, headers=HTML, text="<html>No such site</html>"), NotJira, {}),
        (httpx.Response(200, headers={"content-type": "application/json"}, text="{"), NotJira, {}),
    ],
)
def test_an_answer_becomes_the_error_that_it_means(
    response: httpx.Response, kind: type[ConnectorError], facts: dict[str, object]
) -> None:
    error = failure(response)
    assert type(error) is kind
    assert {fact: getattr(error, fact) for fact in facts} == facts
    assert str(error).startswith(ASKED)
    assert not error.maybe_executed


@pytest.mark.parametrize(
    ("raised", "kind", "maybe"),
    [
        (httpx.ConnectError("no route"), Unreachable, False),
        (httpx.ConnectTimeout(""), Unreachable, False),
        (httpx.PoolTimeout(""), Unreachable, False),
        (httpx.ProxyError("403"), Unreachable, False),
        (httpx.ReadTimeout(""), Unreachable, True),
        (httpx.ReadError(""), Unreachable, True),
        (httpx.WriteError(""), Unreachable, True),
        (httpx.RemoteProtocolError("gone"), Unreachable, True),
        (httpx.DecodingError("gzip"), NotJira, True),
    ],
)
def test_a_write_is_maybe_executed_once_something_was_sent_and_a_read_never(
    raised: httpx.RequestError, kind: type[ConnectorError], maybe: bool
) -> None:
    write = transport_failure(raised, asked=ASKED, changes=True)
    assert type(write) is kind
    assert write.maybe_executed is maybe
    assert not transport_failure(raised, asked=ASKED, changes=False).maybe_executed


def test_a_header_that_cannot_be_sent_is_not_repeated() -> None:
    """It is the one with the token, and what failed is shown to whoever may look."""
    raised = httpx.LocalProtocolError("Illegal header value b'Bearer planted\\n'")
    error = transport_failure(raised, asked=ASKED, changes=False)
    assert "planted" not in str(error)
    assert "LocalProtocolError" in str(error)


def test_a_retry_date_is_measured_by_the_clock_of_jira_and_not_by_ours() -> None:
    headers = {"Date": "Mon, 02 Nov 2026 10:00:00 GMT", "Retry-After": "Mon, 02 Nov 2026 10:00:40 GMT"}
    assert failure(httpx.Response(429, headers=headers)).retry_after == timedelta(seconds=40)
    headers["Retry-After"] = "Mon, 02 Nov 2026 09:00:00 GMT"
    assert failure(httpx.Response(429, headers=headers)).retry_after == timedelta(0)


@pytest.mark.parametrize(
    "told",
    [
        {"Retry-After": "3601"},
        {"Retry-After": "9" * 40},
        {"Retry-After": "Tue, 03 Nov 2026 10:00:00 GMT"},
        {"X-RateLimit-Reset": "2036-11-02T10:00:00Z"},
    ],
)
@pytest.mark.parametrize("status", [429, 503])
def test_told_to_wait_for_longer_than_an_hour_we_ask_again_after_an_hour(
    told: dict[str, str], status: int
) -> None:
    headers = {"Date": "Mon, 02 Nov 2026 10:00:00 GMT", **told}
    wait = failure(httpx.Response(status, headers=headers)).retry_after
    quota_is_not_the_reason = status != 429 and "X-RateLimit-Reset" in told
    assert wait == (None if quota_is_not_the_reason else timedelta(hours=1))


def test_an_empty_list_given_to_nobody_is_not_believed() -> None:
    response = httpx.Response(
        200, json={"issues": []}, headers={"X-Seraph-LoginReason": "AUTHENTICATED_FAILED"}
    )
    assert type(failure(response)) is NotAuthenticated


def test_a_write_that_a_login_page_answers_may_have_been_executed() -> None:
    response = httpx.Response(200, headers=HTML, text="<html>")
    assert failure(response, changes=True).maybe_executed


def test_where_a_redirect_leads_and_what_a_page_says_is_not_repeated() -> None:
    for status in (302, 401, 404, 200, 500):
        response = httpx.Response(status, headers={**HTML, "Location": "/?s=secret"}, text="<html>secret")
        error = failure(response)
        assert "secret" not in "".join(traceback.format_exception(error))


def test_a_long_message_of_jira_is_kept_whole_but_quoted_short() -> None:
    error = Refused(ASKED, status=400, messages=["x" * 9000])
    assert len(str(error)) < 700
    assert error.messages == ("x" * 9000,)


def test_what_anybody_may_read_is_read_by_anybody() -> None:
    response = httpx.Response(200, json={"deploymentType": "Server"}, headers={"X-AUSERNAME": "anonymous"})
    assert document(response, asked=ASKED, changes=False, for_anybody=True) == {"deploymentType": "Server"}


def test_nothing_is_an_answer_and_json_comes_in_dialects() -> None:
    assert document(httpx.Response(204), asked=ASKED, changes=True) is None
    problem = httpx.Response(200, headers={"content-type": "application/hal+json"}, text="[1]")
    assert document(problem, asked=ASKED, changes=False) == [1]


def test_the_drawn_tree_names_every_error() -> None:
    drawn = inspect.getdoc(errors)
    classes = [
        each for each in vars(errors).values() if inspect.isclass(each) and issubclass(each, ConnectorError)
    ]
    assert len(classes) == 21
    assert all(each.__name__ in drawn for each in classes)
