"""Secrets of web requests: named by rules, in two places only, and by nothing that an issue says."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.rules.errors import RuleNotUnderstood, TemplateRefused
from app.domain.rules.reading import as_yaml, check, read, secrets_of, warnings_of
from app.domain.rules.rendering import check as check_text
from app.domain.rules.rendering import check_request, render_request
from app.domain.rules.secrets import Hosts, filled, named_in
from tests.domain.rules.test_reading import CATALOGUE

ASK: dict[str, Any] = {
    "type": "web_request",
    "url": "https://deploy.example.com/hook",
    "headers": {"Authorization": "Bearer {{ secrets.DEPLOY }}"},
    "body": {"key": "{{ issue.key }}", "signed": ["{{ secrets.SIGNATURE }}"]},
}
KNOWN: dict[str, Hosts] = {"DEPLOY": ("deploy.example.com",), "SIGNATURE": None}


def a_rule(**change: Any) -> dict[str, Any]:
    return {"name": "R", "trigger": {"type": "manual"}, "actions": [{**ASK, **change}]}


def faults(document: Any, known: dict[str, Hosts] | None = None) -> dict[str, str]:
    with pytest.raises(RuleNotUnderstood) as refused:
        check(read(document), CATALOGUE, KNOWN if known is None else known)
    return dict(refused.value.faults)


def test_a_rule_names_its_secrets_and_its_export_does_not_know_more() -> None:
    rule = read(a_rule())
    check(rule, CATALOGUE, KNOWN)
    assert secrets_of(rule) == {"DEPLOY", "SIGNATURE"}
    assert "Bearer {{ secrets.DEPLOY }}" in as_yaml(a_rule())
    assert warnings_of(rule) == []


def test_a_secret_that_the_site_does_not_have_is_named_with_the_way_out() -> None:
    found = faults(a_rule(), {"SIGNATURE": None})
    assert found == {
        "actions/0/headers/Authorization": "the site has no secret 'DEPLOY'; there are: SIGNATURE. An admin "
        "sets it with `burnish secrets set DEPLOY`"
    }


def test_a_secret_goes_to_its_hosts_only() -> None:
    found = faults(a_rule(url="https://elsewhere.example.com/"))
    assert found["actions/0/headers/Authorization"] == (
        "the secret DEPLOY may be sent to deploy.example.com, not to elsewhere.example.com"
    )
    check(read(a_rule(url="https://{{ issue.key }}.example.com/")), CATALOGUE, KNOWN)


@pytest.mark.parametrize(
    "text",
    [
        "{{ secrets.TOKEN | upper }}",
        "{{ secrets['TOKEN'] }}",
        "{{ 'a' ~ secrets.TOKEN }}",
        "{% if secrets.TOKEN %}x{% endif %}",
        "{% for sign in secrets.TOKEN %}{{ sign }}{% endfor %}",
        "{{ secrets.TOKEN if 1 == 1 else 'x' }}",
        "{{ [secrets.TOKEN] }}",
        "{{ secrets }}",
        "{{ secrets.token }}",
    ],
)
def test_nothing_is_done_with_a_secret_but_to_send_it(text: str) -> None:
    with pytest.raises(TemplateRefused, match="alone in its braces"):
        check_request(text)


@pytest.mark.parametrize(
    "action",
    [
        {"type": "comment", "text": "{{ secrets.DEPLOY }}"},
        {"type": "log", "text": "{{ secrets.DEPLOY }}"},
        {"type": "edit", "set": {"summary": "{{ secrets.DEPLOY }}"}},
        {"type": "create", "issue_type": "Task", "summary": "{{ secrets.DEPLOY }}"},
        {**ASK, "url": "https://deploy.example.com/{{ secrets.DEPLOY }}"},
    ],
)
def test_it_stands_in_headers_and_bodies_only(action: dict[str, Any]) -> None:
    with pytest.raises(TemplateRefused, match="only in a header or in the body"):
        check_text("{{ secrets.DEPLOY }}")
    (said,) = faults({**a_rule(), "actions": [action]}).values()
    assert "only in a header or in the body of a web request" in said


def test_what_is_wrong_with_headers_and_bodies_is_told_when_the_rule_is_saved() -> None:
    found = faults(
        a_rule(
            headers={"X-A": "{{ issue.key", "Host": "elsewhere.example.com"},
            body=[{"a": "{{ x.__class__ }}"}],
        )
    )
    assert found.keys() == {"actions/0/headers/X-A", "actions/0/headers/Host", "actions/0/body/0/a"}


@given(st.text(alphabet="{}secrets.DEPLOY \ue000\ue001", max_size=40), st.text(max_size=10))
def test_nothing_that_an_issue_says_passes_for_a_secret(said: str, more: str) -> None:
    values = {"issue": {"summary": said, "description": more}}
    text = (
        "{{ issue.summary }}{{ secrets.MINE }}{{ issue.description }}{{ issue.summary }}{{ issue.summary }}"
    )
    rendered = render_request(text, values)
    assert named_in(rendered) == {"MINE"}
    assert filled(rendered, {"MINE": "s3cret"}).count("s3cret") == 1


@pytest.mark.parametrize(
    ("headers", "warned"),
    [
        ({"Authorization": "Bearer abcdef1234567890"}, True),
        ({"authorization": "Basic dXNlcjpwYXNzd29yZA=="}, True),
        ({"X-Api-Key": "0123456789abcdef"}, True),
        ({"Authorization": "token {% if 1 == 1 %}abcdef1234567890{% endif %}"}, True),
        ({"Authorization": "Bearer {{ secrets.DEPLOY }}"}, False),
        ({"Authorization": "Bearer {{ webhook.token }}"}, False),
        ({"X-Request": "abcdef1234567890"}, False),
        ({"Authorization": "none"}, False),
    ],
)
def test_a_token_in_plain_text_is_pointed_at(headers: dict[str, str], warned: bool) -> None:
    found = warnings_of(read(a_rule(headers=headers, body=None)))
    assert bool(found) is warned
    for place, said in found:
        assert place == f"actions/0/headers/{next(iter(headers))}"
        assert "burnish secrets set NAME" in said
        assert "abcdef" not in said
