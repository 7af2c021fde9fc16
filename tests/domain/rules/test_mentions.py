"""Mentions of people in texts of rules, and who may read a comment."""

from typing import Any

import pytest

from app.domain.comments import Audience, LivingComment
from app.domain.effects import effect_of, stored_payload_of
from app.domain.rules.errors import RuleNotUnderstood, TemplateRefused
from app.domain.rules.mentions import plain
from app.domain.rules.reading import read
from app.domain.rules.rendering import render, render_body, render_query
from app.domain.rules.smart_values import Several, shown
from app.domain.rules.texts import as_body
from app.domain.rules.trials import run

ANN = shown({"accountId": "5b1:ann", "displayName": "Ann [x]", "name": None})
BEN = shown({"accountId": "JIRAUSER1", "displayName": "Ben", "name": "ben@example.com"})
NOBODY = shown(None)


def body(text: str, *, is_cloud: bool = True, **values: Any) -> Any:
    said = render_body(text, values)
    return as_body(said, is_cloud=is_cloud, base_url="https://example.test")


def nodes(document: Any) -> list[dict[str, Any]]:
    return [node for paragraph in document["content"] for node in paragraph["content"]]


def test_somebody_is_mentioned_on_cloud_by_the_account() -> None:
    found = nodes(body("{{ who | mention }}, see BURN-1.", who=ANN))
    assert found[0] == {"type": "mention", "attrs": {"id": "5b1:ann", "text": "@Ann [x]"}}
    assert [node["text"] for node in found[1:]] == [", see ", "BURN-1", "."]


def test_somebody_is_mentioned_on_data_center_by_the_login_name() -> None:
    assert body("{{ who | mention }}, look", is_cloud=False, who=BEN) == "[~ben@example.com], look"
    unknown = body("{{ who | mention }}, look", is_cloud=False, who=ANN)
    assert "[~" not in unknown, "who has no login name that we know is named"
    assert "Ann" in unknown


def test_several_are_mentioned_and_nobody_is_nothing() -> None:
    both = body("{{ who | mention }}", is_cloud=False, who=Several([BEN, NOBODY, BEN]))
    assert both == "[~ben@example.com], [~ben@example.com]"
    assert body("{{ who | mention | default('nobody') }}", is_cloud=False, who=NOBODY) == "nobody"
    assert body("{{ '5b1:ann' | mention }}")["content"][0]["content"][0]["attrs"]["id"] == "5b1:ann"


@pytest.mark.parametrize(
    "evil",
    [
        "[~admin]",
        "[~accountid:5b1:ann]",
        "\ue0005b1:ann\ue002ann\ue002Ann\ue001",
    ],
)
def test_what_an_issue_says_mentions_nobody(evil: str) -> None:
    summary = body("{{ summary }} {{ who | mention }}", summary=evil, who=ANN)
    assert [node["attrs"]["id"] for node in nodes(summary) if node["type"] == "mention"] == ["5b1:ann"]
    wiki = body("{{ summary }}", is_cloud=False, summary=evil)
    assert "[~" not in wiki.replace("\\[\\~", "").replace("\\[~", "").replace("[\\~", "")
    sly = shown({"accountId": "5b1:ann", "displayName": evil})
    assert (
        len([node for node in nodes(body("{{ who | mention }}", who=sly)) if node["type"] == "mention"]) == 1
    )


def test_elsewhere_a_mention_is_a_name() -> None:
    assert render("{{ who | mention }}", {"who": BEN}) == "@Ben"
    assert render_query("summary ~ {{ who | mention }}", {"who": BEN}) == 'summary ~ "@Ben"'
    assert plain(render_body("{{ who | mention }}!", {"who": BEN})) == "@Ben!"


@pytest.mark.parametrize("value", ["Ann Example", 5, {"id": "1"}])
def test_what_is_nobody_cannot_be_mentioned(value: Any) -> None:
    with pytest.raises(TemplateRefused, match="takes a person"):
        render_body("{{ who | mention }}", {"who": shown(value)})


def test_a_comment_says_who_may_read_it_and_the_decision_does_too() -> None:
    document = {
        "name": "r",
        "trigger": {"type": "issue_created"},
        "actions": [
            {
                "type": "comment",
                "text": "{{ issue.reporter | mention }}: hm",
                "visible_to": {"role": "Developers"},
            },
            {"type": "comment", "text": "x", "internal": True},
            {"type": "comment", "text": "x"},
        ],
        "tests": [
            {
                "name": "t",
                "given": {"issue": {"key": "BURN-1", "reporter": "rea"}},
                "effects": [
                    {
                        "kind": "living_comment",
                        "says": "@rea: hm",
                        "payload": {"audience": {"kind": "role", "name": "Developers"}},
                    },
                    {"kind": "living_comment", "payload": {"internal": True}},
                    {"kind": "living_comment", "payload": {"internal": None, "audience": None}},
                ],
            }
        ],
    }
    rule = read(document)
    tried = run(rule, rule.tests[0])
    assert tried.faults == ()
    assert tried.decision is not None
    told = [(one["says"], one.get("for")) for one in tried.decision.steps if "says" in one]
    assert told == [("@rea: hm", "role Developers"), ("x", "agents"), ("x", None)]


def test_a_comment_is_stored_with_its_readers() -> None:
    for comment in (
        LivingComment("BURN-1", "m", "x", audience=Audience("group", "support"), internal=True),
        LivingComment("BURN-1", "m", "x"),
    ):
        assert effect_of("living_comment", stored_payload_of(comment)) == comment


@pytest.mark.parametrize("readers", [{}, {"role": "a", "group": "b"}])
def test_readers_are_a_role_or_a_group(readers: dict[str, str]) -> None:
    action = {"type": "comment", "text": "x", "visible_to": readers}
    with pytest.raises(RuleNotUnderstood, match="needs `role` or `group`, one of both"):
        read({"name": "r", "trigger": {"type": "issue_created"}, "actions": [action]})
