"""The verdict sees what it is there to see: a check that cannot fail proves nothing."""

from typing import Any

from tests.soak.facts import Held
from tests.soak.verdict import on_copies, on_deliveries, on_effects, on_runs

BODY = {"type": "doc"}


def delivery(identity: str, state: str = "applied") -> dict[str, Any]:
    return {"id": 1, "identity": identity, "event": "jira:issue_updated", "state": state, "reason": None}


def effect(number: int, state: str = "done", body: object = BODY) -> dict[str, Any]:
    payload = {"issue_key": "BURN-1", "marker": "m", "body": body}
    return {"id": number, "state": state, "reason": None, "payload": payload}


def test_a_delivery_that_was_acknowledged_must_be_there() -> None:
    assert on_deliveries({"a", "b"}, [delivery("a")]) == ["b was acknowledged and is lost"]


def test_a_delivery_must_be_there_once() -> None:
    assert on_deliveries({"a"}, [delivery("a"), delivery("a")]) == ["a is stored 2 times"]


def test_a_delivery_must_have_come_to_a_good_end() -> None:
    for state in ("waiting", "claimed", "dead", "unknown"):
        assert on_deliveries({"a"}, [delivery("a", state)])
    assert on_deliveries({"a", "b"}, [delivery("a"), delivery("b", "ignored")]) == []


def test_a_run_that_was_acknowledged_must_be_there_and_done() -> None:
    done = {"id": 1, "state": "done", "reason": None}
    assert on_runs({1}, [done]) == []
    assert on_runs({1, 2}, [done]) == ["run 2 was acknowledged and is lost"]
    assert on_runs({1}, [{**done, "state": "failed"}]) == ["run 1 is failed: None"]


def test_the_store_must_hold_what_jira_holds_and_nothing_else() -> None:
    jira = Held(issues={"1": {"status": "3"}, "2": {}}, comments={"7": {}})
    store = Held(issues={"1": {"status": "4"}}, comments={"7": {}, "8": {}})
    assert on_copies(store, jira) == [
        "issue 2 is in Jira and not in the store",
        "issue 1, status: '4' in the store, '3' in Jira",
        "comment 8 is in the store and not in Jira",
    ]


def test_a_living_comment_must_stand_once_with_the_newest_words() -> None:
    rows = [effect(1, body="old"), effect(2, "skipped", "newer"), effect(3)]
    place = ("BURN-1", "m")
    assert on_effects(rows, {place: [{"body": BODY}]}, {"BURN-1": 1}) == []
    assert on_effects(rows, {place: [{"body": BODY}] * 2}, {"BURN-1": 1}) == ["m stands 2 times on BURN-1"]
    assert on_effects(rows, {}, {"BURN-1": 1}) == ["m stands 0 times on BURN-1"]
    assert on_effects(rows, {place: [{"body": "old"}]}, {"BURN-1": 1}) == [
        "m on BURN-1 does not say what effect 3 did"
    ]


def test_news_stand_beside_what_was_told_before() -> None:
    news = effect(2, body="news")
    news["payload"]["edition"] = 2
    standing = {("BURN-1", "m"): [{"body": BODY}], ("BURN-1", "m, edition 2"): [{"body": "news"}]}
    assert on_effects([effect(1), news], standing, {"BURN-1": 2}) == []
    assert on_effects([effect(1)], standing, {"BURN-1": 1})


def test_a_comment_must_have_been_written_once_even_if_one_was_deleted_since() -> None:
    standing = {("BURN-1", "m"): [{"body": BODY}]}
    assert on_effects([effect(1)], standing, {"BURN-1": 2}) == [
        "2 requests wrote comments on BURN-1, where 1 should stand"
    ]


def test_a_comment_that_nobody_wanted_must_not_stand() -> None:
    assert on_effects([], {("BURN-2", "m"): [{"body": BODY}]}, {}) == [
        "m stands on BURN-2 and no effect wanted it"
    ]


def test_an_effect_must_have_come_to_a_good_end() -> None:
    assert on_effects([effect(1, "dead")], {}, {}) == ["effect 1 is dead: None"]
