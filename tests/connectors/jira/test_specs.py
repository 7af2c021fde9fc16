"""The checker can fail."""

import json

import httpx
import pytest

from tests.connectors.jira.site import BASE
from tests.connectors.specs import CheckedTransport, SpecChecker, cloud_specs, data_center_specs

JSON = {"Content-Type": "application/json"}
COMMENTS = f"{BASE}/rest/api/3/issue/BURN-1/comment"


@pytest.fixture
def checker() -> SpecChecker:
    return cloud_specs()


@pytest.mark.parametrize(
    ("method", "path", "body", "fault"),
    [
        ("GET", "/rest/api/3/nothing", None, "in no description"),
        ("PATCH", "/rest/api/3/myself", None, "in no description"),
        ("GET", "/rest/api/3/issue/A-1/comment?newest=1", None, "'newest' is unknown"),
        ("GET", "/rest/api/3/issue/A-1/comment?startAt=soon", None, "not of type 'integer'"),
        ("GET", "/rest/api/3/issue/A-1/comment?startAt=1&startAt=2", None, "sent 2 times"),
        ("GET", "/rest/api/3/issue/A-1/comment?orderBy=newest", None, "is not one of"),
        ("PUT", "/rest/api/3/issue/A-1/comment/1?notifyUsers=no", {"body": {}}, "not of type 'boolean'"),
        ("GET", "/rest/api/3/project/search?maxResults=1000", None, "greater than the maximum"),
        ("DELETE", "/rest/api/3/issue/A-1/comment/1?deep=1", None, "'deep' is unknown"),
        ("DELETE", "/rest/api/3/issue/A-1/watchers", {"a": 1}, "a body is sent"),
        ("GET", "/rest/agile/1.0/sprint/BURN", None, "not of type 'integer'"),
        ("GET", "/rest/agile/1.0/board?type=scrum&wrong=1", None, "'wrong' is unknown"),
        ("POST", "/rest/api/3/search/jql", {"jql": "a = 1", "startAt": 0}, "'startAt' was unexpected"),
        ("POST", "/rest/api/3/search/jql", {"jql": 7}, "not of type 'string'"),
        ("POST", "/rest/api/3/search/jql", {"reconcileIssues": ["A-1"]}, "not of type 'integer'"),
        ("POST", "/rest/api/3/search/jql", None, "the body is missing"),
    ],
)
def test_a_request_that_is_not_as_described_is_found(
    checker: SpecChecker, method: str, path: str, body: object, fault: str
) -> None:
    content = b"" if body is None else json.dumps(body).encode()
    violations = checker.check_request(method, BASE + path, JSON, content)
    assert any(fault in violation for violation in violations), violations


@pytest.mark.parametrize(
    ("headers", "body", "fault"),
    [
        ({}, b"{}", "sent as nothing"),
        ({"content-type": "text/plain"}, b"{}", "sent as text/plain"),
        (JSON, b"{", "not JSON"),
        (JSON, b'{"properties": [{"key": "a", "valeu": 1}]}', "'valeu' was unexpected"),
    ],
)
def test_a_body_that_is_not_as_described_is_found(
    checker: SpecChecker, headers: dict[str, str], body: bytes, fault: str
) -> None:
    (violation,) = checker.check_request("POST", COMMENTS, headers, body)
    assert fault in violation


@pytest.mark.parametrize(
    ("url", "status", "body", "fault"),
    [
        (COMMENTS, 418, {}, "not described"),
        (COMMENTS, 200, {"comments": {}}, "not of type 'array'"),
        (COMMENTS, 200, {"total": "7"}, "not of type 'integer'"),
        (f"{BASE}/rest/agile/1.0/sprint/5", 200, {"id": 5, "self": "", "name": ""}, "'state' is a required"),
        (f"{BASE}/rest/agile/1.0/board/5/sprint", 200, {"values": []}, "'isLast' is a required"),
        (
            f"{BASE}/rest/agile/1.0/board",
            200,
            {"values": [{"id": 1, "colour": "red"}]},
            "'colour' was unexpected",
        ),
        (f"{BASE}/rest/api/3/issue/A-1/changelog", 200, {"values": [{"id": 1}]}, "not of type 'string'"),
        (f"{BASE}/rest/api/3/nothing", 200, {}, "in no description"),
    ],
)
def test_an_answer_that_is_not_as_described_is_found(
    checker: SpecChecker, url: str, status: int, body: object, fault: str
) -> None:
    violations = checker.check_response("GET", url, status, JSON, json.dumps(body).encode())
    assert any(fault in violation for violation in violations), violations


def test_an_answer_in_html_is_found(checker: SpecChecker) -> None:
    (violation,) = checker.check_response("GET", COMMENTS, 200, {"content-type": "text/html"}, b"<html>")
    assert "not as JSON" in violation


def test_what_gateways_say_and_what_is_exempt_passes(checker: SpecChecker) -> None:
    assert checker.check_response("GET", COMMENTS, 429, {}, b"") == []
    webhooks = f"{BASE}/rest/webhooks/1.0/webhook/7?odd=1"
    assert checker.check_request("DELETE", webhooks, {}, b"") == []
    assert checker.check_response("DELETE", webhooks, 418, {}, b"") == []


def test_an_operation_is_known_by_method_and_path_below_any_context(checker: SpecChecker) -> None:
    assert checker.operation("GET", COMMENTS) == "getComments"
    assert (
        checker.operation("get", f"{BASE}/jira/rest/agile/1.0/board/1/sprint?state=active") == "getAllSprints"
    )
    assert checker.operation("GET", f"{BASE}/rest/api/3/issue/A%2FB") == "getIssue"
    assert checker.operation("GET", f"{BASE}/rest/api/3/issue/A/B") is None
    checker.check_request("GET", COMMENTS, {}, b"")
    assert "getComments" in checker.exercised


async def test_the_transport_stops_wrong_requests_and_wrong_answers(checker: SpecChecker) -> None:
    inner = httpx.MockTransport(lambda _: httpx.Response(200, json={"total": "many"}))
    async with httpx.AsyncClient(transport=CheckedTransport(inner, checker)) as client:
        with pytest.raises(AssertionError, match="'newest' is unknown"):
            await client.get(COMMENTS, params={"newest": 1})
        with pytest.raises(AssertionError, match="total"):
            await client.get(COMMENTS)
    async with httpx.AsyncClient(transport=CheckedTransport(inner, checker, answers=False)) as client:
        assert (await client.get(COMMENTS)).json() == {"total": "many"}


def test_data_center_is_described_too() -> None:
    checker = data_center_specs()
    assert checker.operation("GET", f"{BASE}/jira/rest/api/2/issue/A-1") == "getIssue"
    found = checker.check_request("POST", f"{BASE}/rest/api/2/search", JSON, b'{"jql": 7}')
    assert any("not of type 'string'" in violation for violation in found)
    assert checker.check_request("GET", f"{BASE}/rest/api/3/myself", {}, b"")
