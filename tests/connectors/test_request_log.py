"""No sandbox in the tests answers anything but what Atlassian describes, unless it was told to."""

from typing import Any

import pytest

from tests.connectors.request_log import answer_violations, request_violations
from tests.connectors.spec_defects import DELIBERATE, EXEMPT, LEFT_OUT_STATUSES
from tests.connectors.specs import cloud_specs

FIELDS = "/rest/api/3/field"
JSON = {"content-type": "application/json"}


@pytest.fixture(autouse=True)
def _descriptions() -> None:
    cloud_specs()


def entry(path: str, status: int | None, body: str | None = None, **more: Any) -> dict[str, Any]:
    answer = None if status is None else {"headers": JSON, "body": body}
    request = {"method": "GET", "path": path, "headers": {}, "body": ""}
    return {**request, "status": status, "faults": [], "answer": answer, **more}


def violations(*entries: dict[str, Any]) -> list[str]:
    return answer_violations("cloud", {"requests": entries, "forgotten": 0})


@pytest.mark.parametrize("path", [FIELDS, "/rest/api/2/field", "/ex/jira/c-1/rest/api/3/field"])
def test_an_answer_in_another_shape_is_found_at_every_address_of_the_operation(path: str) -> None:
    assert violations(entry(path, 200, "[]")) == []
    (found,) = violations(entry(path, 200, '{"values": []}'))
    assert "getFields 200" in found


@pytest.mark.parametrize(
    "wrong",
    [
        entry(FIELDS, 418, "{}"),
        entry(FIELDS, 200, "[", answer={"headers": {"content-type": "text/html"}, "body": None}),
        entry(FIELDS, 500, answer=None),
        entry("/rest/api/3/nowhere", 200, "{}"),
    ],
    ids=["a status of no operation", "a page where JSON belongs", "the sandbox fell over", "no such path"],
)
def test_what_jira_would_not_answer_is_found(wrong: dict[str, Any]) -> None:
    assert len(violations(wrong)) == 1


@pytest.mark.parametrize("kind", DELIBERATE)
def test_what_a_test_had_broken_is_let_through(kind: str) -> None:
    assert violations(entry(FIELDS, 418, "garbage", faults=[kind])) == []


@pytest.mark.parametrize("kind", ["cut", "delay_after"])
def test_what_was_only_disturbed_on_its_way_is_looked_at(kind: str) -> None:
    assert len(violations(entry(FIELDS, 200, "{}", faults=[kind]))) == 1


def test_an_answer_that_is_still_to_come_and_a_path_that_jira_has_not_are_no_violation() -> None:
    assert violations(entry(FIELDS, None), entry("/rest/api/3/nowhere", 404, "{}")) == []


def test_a_log_that_forgot_something_proves_nothing() -> None:
    with pytest.raises(AssertionError, match="too short"):
        answer_violations("cloud", {"requests": [], "forgotten": 1})


def test_a_request_that_no_description_has_is_found() -> None:
    assert request_violations("cloud", [entry(FIELDS, 200)]) == []
    assert len(request_violations("cloud", [entry(f"{FIELDS}?colour=red", 200)])) == 1


@pytest.mark.parametrize("table", [EXEMPT, DELIBERATE, LEFT_OUT_STATUSES])
def test_every_exemption_has_a_reason(table: dict[Any, str]) -> None:
    assert all(table.values())
