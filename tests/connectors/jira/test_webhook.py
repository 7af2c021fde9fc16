"""Whether a delivery is trusted, which one it is and what it is about."""

import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from connectors.jira.webhook import (
    JIRA_EVENTS,
    DeliveryNotUnderstood,
    check_document,
    identity,
    is_trusted,
    read_event,
)
from tests.connectors.jira.site import PATIENT

RECORDED = Path(__file__).parents[3].parent / "shared" / "data" / "webhooks"
SECRETS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)


def signed(body: bytes, secret: str) -> dict[str, str]:
    return {"X-Hub-Signature": "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}


def event(**body: object) -> bytes:
    return json.dumps(body).encode()


def test_the_example_of_atlassians_page_is_trusted() -> None:
    digest = "a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9"
    headers = {"X-Hub-Signature": f"sha256={digest}"}
    assert is_trusted(headers, b"Hello World!", ["It's a Secret to Everybody"])
    assert not is_trusted(headers, b"Hello World?", ["It's a Secret to Everybody"])


@PATIENT
@given(
    body=st.binary(max_size=200),
    secret=SECRETS,
    others=st.lists(SECRETS, max_size=3),
    place=st.integers(0, 3),
)
def test_a_delivery_signed_with_any_valid_secret_is_trusted(
    body: bytes, secret: str, others: list[str], place: int
) -> None:
    others.insert(place, secret)
    assert is_trusted(signed(body, secret), body, others)


@PATIENT
@given(body=st.binary(max_size=200), secret=SECRETS, others=st.lists(SECRETS, max_size=3))
def test_a_delivery_signed_with_another_secret_is_not_trusted(
    body: bytes, secret: str, others: list[str]
) -> None:
    assert is_trusted(signed(body, secret), body, [each for each in others if each != secret]) is False


@PATIENT
@given(body=st.binary(min_size=1, max_size=200), secret=SECRETS, data=st.data())
def test_a_single_changed_bit_ends_the_trust(body: bytes, secret: str, data: st.DataObject) -> None:
    bit = data.draw(st.integers(0, len(body) * 8 - 1))
    changed = bytearray(body)
    changed[bit // 8] ^= 1 << bit % 8
    assert not is_trusted(signed(body, secret), bytes(changed), [secret])


@PATIENT
@given(signature=st.text(st.characters(), max_size=80))
@example(signature="\ud800")
@example(signature="é")
def test_no_header_however_odd_is_trusted_by_chance_or_breaks_the_check(signature: str) -> None:
    assert not is_trusted({"x-hub-signature": signature}, b"{}", ["secret"])
    assert not is_trusted({"x-hub-signature": f"sha256={signature}"}, b"{}", ["secret"])


def test_without_a_secret_nobody_is_trusted() -> None:
    assert not is_trusted(signed(b"{}", ""), b"{}", [])
    assert not is_trusted(signed(b"{}", ""), b"{}", [""])


@pytest.mark.parametrize("change", [str.upper, lambda value: value.removeprefix("sha256="), lambda _: ""])
def test_only_the_documented_form_of_a_signature_counts(change) -> None:  # noqa: ANN001 -- str to str
    headers = {name: change(value) for name, value in signed(b"{}", "secret").items()}
    assert not is_trusted(headers, b"{}", ["secret"])


def test_a_weaker_method_is_not_accepted() -> None:
    digest = hmac.new(b"secret", b"{}", hashlib.sha1).hexdigest()
    assert not is_trusted({"X-Hub-Signature": f"sha1={digest}"}, b"{}", ["secret"])


def test_header_names_are_found_in_any_case() -> None:
    for name in ("x-hub-signature", "X-HUB-SIGNATURE"):
        assert is_trusted({name: signed(b"{}", "s")["X-Hub-Signature"]}, b"{}", ["s"])
    assert identity({"x-ATLASSIAN-webhook-identifier": "abc"}, b"") == "id:abc"


def test_a_delivery_is_known_by_the_name_jira_gave_it_else_by_its_bytes() -> None:
    assert identity({"X-Atlassian-Webhook-Identifier": " abc "}, b"{}") == "id:abc"
    assert (
        identity({"X-Atlassian-Webhook-Identifier": ""}, b"{}")
        == f"sha256:{hashlib.sha256(b'{}').hexdigest()}"
    )
    assert identity({}, b"{}") != identity({}, b"{ }")


@pytest.mark.parametrize(
    ("body", "kind", "subject", "issue_id"),
    [
        (event(webhookEvent="jira:issue_updated", issue={"id": "10001"}), "issue", "issue:10001", "10001"),
        (event(webhookEvent="comment_created", comment={}, issue={"id": 7}), "comment", "issue:7", "7"),
        (
            event(
                webhookEvent="comment_deleted", comment={"self": "http://j/rest/api/2/issue/12/comment/34"}
            ),
            "comment",
            "issue:12",
            "12",
        ),
        (
            event(webhookEvent="comment_created", comment={"self": "/rest/api/2/comment/3"}),
            "comment",
            "site",
            None,
        ),
        (event(webhookEvent="worklog_updated", worklog={"issueId": "8"}), "worklog", "issue:8", "8"),
        (event(webhookEvent="jira:worklog_updated", worklog={"issueId": 8}), "worklog", "issue:8", "8"),
        (event(webhookEvent="attachment_created", attachment={"id": "1"}), "attachment", "site", None),
        (event(webhookEvent="issue_property_set", issue={"id": "5"}), "issue_property", "issue:5", "5"),
        (event(webhookEvent="issuelink_created", issueLink={"id": 3}), "issuelink", "link:3", None),
        (event(webhookEvent="issuetype_created", issuetype={"id": 3}), "issuetype", "site", None),
        (event(webhookEvent="sprint_started", sprint={"id": 5}), "sprint", "sprint:5", None),
        (event(webhookEvent="board_created", board={"id": 3}), "board", "board:3", None),
        (
            event(webhookEvent="board_configuration_changed", configuration={"id": 3}),
            "board",
            "board:3",
            None,
        ),
        (event(webhookEvent="project_archived", project={"id": 10000}), "project", "project:10000", None),
        (
            event(webhookEvent="jira:version_released", version={"id": "1", "projectId": 9}),
            "version",
            "project:9",
            None,
        ),
        (event(webhookEvent="user_created", user={}), "user", "site", None),
        (event(webhookEvent="filter_updated", filter={"id": 1}), "filter", "site", None),
        (event(webhookEvent="option_voting_changed"), "option", "site", None),
        (event(webhookEvent="jira_expression_evaluation_failed"), "other", "site", None),
        (event(webhookEvent="sprint_reopened", sprint={"id": 5}), "sprint", "sprint:5", None),
        (event(webhookEvent="something_new", issue={"id": "5"}), "other", "site", "5"),
        (event(issue={"id": "5"}, comment={"id": "6"}), "issue", "issue:5", "5"),
        (event(accountId="a", username="b"), "user", "site", None),
        (event(), "other", "site", None),
        (event(webhookEvent=7, issue=None, comment="x", sprint=[1]), "issue", "site", None),
        (event(webhookEvent="sprint_closed", sprint={"id": True}), "sprint", "site", None),
    ],
)
def test_an_event_is_filed_under_what_it_is_about(
    body: bytes, kind: str, subject: str, issue_id: str | None
) -> None:
    read = read_event(body)
    assert (read.kind, read.subject, read.issue_id) == (kind, subject, issue_id)


def test_the_time_of_an_event_is_exact_to_the_millisecond() -> None:
    assert read_event(event(timestamp=1785247974883)).at == datetime(
        2026, 7, 28, 14, 12, 54, 883000, tzinfo=UTC
    )


@pytest.mark.parametrize("timestamp", [None, "soon", True, 10**30, 1.5])
def test_a_time_that_is_none_is_left_out(timestamp: object) -> None:
    assert read_event(event(timestamp=timestamp)).at is None


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b"7", b"\xff\xfe\x00", b"[" * 100_000, b"<html>"]
)
def test_what_is_not_a_json_object_is_not_from_jira(body: bytes) -> None:
    with pytest.raises(DeliveryNotUnderstood):
        read_event(body)


def test_every_known_event_has_a_family() -> None:
    families = {name: read_event(event(webhookEvent=name)).kind for name in JIRA_EVENTS}
    assert {name for name, kind in families.items() if kind == "other"} == {
        "jira_expression_evaluation_failed",
        "app_access_to_objects_blocked",
        "app_access_to_objects_in_container_blocked",
    }
    assert len(JIRA_EVENTS) == 59


@PATIENT
@given(
    st.dictionaries(
        st.sampled_from(["issue", "comment", "sprint", "worklog", "webhookEvent"]),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=5),
            lambda inner: (
                st.lists(inner, max_size=2)
                | st.dictionaries(st.sampled_from(["id", "self", "issueId"]), inner, max_size=3)
            ),
            max_leaves=6,
        ),
    )
)
def test_no_object_however_odd_stops_the_reader(body: dict[str, object]) -> None:
    assert read_event(event(**body)).kind


def test_every_recorded_delivery_of_real_sites_is_read() -> None:
    files = sorted(RECORDED.glob("**/*.json"))
    if not files:
        pytest.skip("the recorded deliveries are not at hand")
    for file in files:
        read = read_event(file.read_bytes())
        print(f"{read.name or '-':28} {read.kind:12} {read.subject:16} {file.name}")
        assert read.name in JIRA_EVENTS or file.name == "user_deleted.json"
        assert read.kind != "other", file.name
        assert read.subject != "site" or read.kind == "user", file.name
        assert (read.issue_id is not None) == (read.kind in {"issue", "comment"}), file.name
        assert read.at is None or read.at.year >= 2010, file.name


# --- the door reads only the name, the worker all: they must not differ ------------------------------


def said_by(read: Callable[[bytes], Any], body: bytes) -> tuple[object, ...] | str:
    """What a delivery is, or that it is none."""
    try:
        got = read(body)
    except DeliveryNotUnderstood:
        return "refused"
    return got.name, got.kind, got.subject, got.issue_id


def is_taken(body: bytes) -> bool:
    """Whether the door takes it."""
    try:
        check_document(body)
    except DeliveryNotUnderstood:
        return False
    return True


ENTITY = st.dictionaries(
    st.sampled_from(["id", "issueId", "projectId", "self"]),
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=3)
    | st.sampled_from([[], {}, "/issue/12/"]),
    max_size=3,
)
KEYS = [
    *("accountId", "attachment", "board", "comment", "configuration", "issue", "issueLink"),
    *("project", "property", "sprint", "user", "version", "worklog", "filter", "unheard_of"),
]
BODIES = st.builds(
    lambda name, rest: json.dumps({**({"webhookEvent": name} if name != "" else {}), **rest}).encode(),
    st.sampled_from([*sorted(JIRA_EVENTS), "", "new_event", None, 7, "\ud800", "\0"]),
    st.dictionaries(
        st.sampled_from(KEYS), ENTITY | st.none() | st.text(max_size=3) | st.just([1]), max_size=4
    ),
)


@PATIENT
@given(body=BODIES)
def test_the_door_takes_what_the_worker_understands(body: bytes) -> None:
    assert is_taken(body) == (said_by(read_event, body) != "refused")


@PATIENT
@given(body=BODIES, place=st.integers(0, 200), put=st.binary(max_size=2), cut=st.integers(0, 2))
def test_the_door_and_the_worker_agree_on_what_was_garbled_on_the_way(
    body: bytes, place: int, put: bytes, cut: int
) -> None:
    garbled = body[:place] + put + body[place + cut :]
    assert is_taken(garbled) == (said_by(read_event, garbled) != "refused")


@pytest.mark.parametrize(
    "rest",
    [
        b'"a":"\xff"',
        b'"\xff":1',
        b'"a":"\xed\xa0\x80"',
        b'"a":"\xc0\x80"',
        b'"a":"\\ud800"',
        b'"a":"\x01"',
        b'"a":"\\q"',
        b'"a":NaN',
        b'"a":01',
        b'"a":1e999',
        b'"a":' + b"9" * 5000,
        b'"a":' + b"[" * 100_000,
        b'"a":' + b"[" * 5000 + b"]" * 5000,
        b'"a":' + b"[" * 200 + b"]" * 200,
        b'"issue":{"id":2}',
        b'"issue":{}',
        b'"issue":null',
        b'"issue":{"id":1.0}',
        b'"issue":{"id":' + b"9" * 5000 + b"}",
        b'"\\u0069ssue":{"id":3}',
        b'"webhookEvent":"sprint_closed"',
        b'"webhookEvent":null',
    ],
)
def test_the_door_and_the_worker_agree_on_odd_json(rest: bytes) -> None:
    body = b'{"webhookEvent":"jira:issue_updated","issue":{"id":1},' + rest + b"}"
    assert is_taken(body) == (said_by(read_event, body) != "refused")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_another_encoding_of_json_is_no_reason_to_lose_a_delivery(encoding: str) -> None:
    body = '{"webhookEvent":"comment_created","issue":{"id":1}}'.encode(encoding)
    assert is_taken(body)
    assert said_by(read_event, body) == ("comment_created", "comment", "issue:1", "1")


def test_half_a_surrogate_pair_or_a_number_beyond_all_bounds_is_no_reason_to_lose_a_delivery() -> None:
    for odd in (b'"\\ud83d"', b"9" * 5000, b"NaN"):
        body = b'{"webhookEvent":"jira:issue_updated","issue":{"id":1},"a":' + odd + b"}"
        assert is_taken(body)
        assert said_by(read_event, body) == ("jira:issue_updated", "issue", "issue:1", "1")
