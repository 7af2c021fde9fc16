"""Variables, lookups and mails of Jira Automation become ours."""

from typing import Any

import pytest

from app.domain.jql.catalogue import Catalogue
from app.domain.rules.automation.importing import import_rules
from app.domain.rules.automation.told import Fate
from app.domain.rules.reading import check, read
from app.domain.rules.trial_parts import Trial
from app.domain.rules.trials import run
from tests.conftest import NOW
from tests.domain.rules.automation import KNOWN, SAYS, action, asks, block, blocks, export


def keep(name: str, value: str, **more: Any) -> dict[str, Any]:
    made = {"id": "_customsmartvalue_id_1", "name": {"type": "FREE", "value": name}, "type": "SMART"}
    return action(
        "jira.create.variable",
        {**made, "query": {"type": "SMART", "value": value}, "lazy": False, **more},
    )


def look(jql: str, name: str = "lookupIssues") -> dict[str, Any]:
    made = {"id": "_customsmartvalue_id_2", "name": {"type": "FREE", "value": name}, "type": "JQL"}
    return action("jira.lookup.issues", {**made, "query": {"type": "SMART", "value": jql}, "lazy": False})


def say(text: str) -> dict[str, Any]:
    return action("jira.issue.comment", {"comment": text})


def mail(**more: Any) -> dict[str, Any]:
    value = {
        "to": [{"type": "COPY", "value": "assignee"}],
        "cc": [],
        "bcc": [],
        "fromName": "",
        "replyTo": "",
    }
    words = {"subject": "Look at {{issue.key}}", "body": "Hello", "mimeType": "text/html"}
    return action("jira.issue.outgoing.email", {**value, **words, "convertLineBreaks": True, **more})


def said(*components: Any) -> list[str]:
    """What the comments of an imported rule say."""
    (document,) = import_rules(export(*components), KNOWN).rules
    rule = read(document)
    check(rule, Catalogue(now=NOW, zone=None))  # type: ignore[arg-type]
    found = [{"key": "BURN-9", "summary": "nine"}, {"key": "BURN-8", "summary": "eight"}]
    given = {"issue": {"key": "BURN-7", "summary": "It fails"}, "found": found}
    decision = run(rule, Trial.model_validate({"name": "t", "given": given})).decision
    assert decision is not None
    return [step["says"] for step in decision.steps if step["step"] == "living_comment"]


def test_variables_and_what_a_lookup_found_are_said_as_in_jira() -> None:
    parts = [
        keep("who", "{{issue.key}}"),
        look('parent = {{issue.key}} AND summary ~ "{{issue.summary}}" ORDER BY key'),
        say("{{who}} has {{lookupIssues.size}}: {{lookupIssues.key}}"),
        say('{{lookupIssues.summary.join(" + ")}}, {{lookupIssues.first.key}}, {{lookupIssues.last.key}}'),
        say("{{#lookupIssues}}[{{key}} {{summary}} {{status.name}}]{{/}}"),
    ]
    assert said(*parts) == [
        "BURN-7 has 2: BURN-9, BURN-8",
        "nine + eight, BURN-9, BURN-8",
        "[BURN-9 nine To Do][BURN-8 eight To Do]",
    ]


def test_a_condition_compares_a_variable() -> None:
    compare = asks(
        "jira.comparator.condition", {"first": "{{who}}", "second": "BURN-7", "operator": "EQUALS"}
    )
    assert said(keep("who", "{{issue.key}}"), blocks(block([compare], [say("yes")]))) == ["yes"]


def test_the_values_of_a_query_keep_no_quotes_of_their_own() -> None:
    (document,) = import_rules(
        export(look("summary ~ '{{issue.summary}}' AND key != BURN-1"), SAYS), KNOWN
    ).rules
    assert document["actions"][0]["jql"] == "summary ~ {{ issue.summary }} AND key != BURN-1"


@pytest.mark.parametrize(
    ("component", "why"),
    [
        (say("{{who}}"), "there is no value 'who'"),
        (say("{{lookupIssues.size}}"), "lookupIssues after a `lookup_issues`"),
        (look("key = {{who}}"), "there is no value 'who'"),
        (look("key = BURN-1", name="found"), "'found'"),
        (look("key =="), "not understood"),
        (look('summary ~ "about {{issue.key}}"'), "not understood"),
        (keep("issue", "x"), "cannot be called"),
        (keep("a b", "x"), "no rule of ours"),
        (keep("x", "{{webResponse.body}}"), "there is no value 'webResponse'"),
        (say("{{webhookResponse.status}}"), "but in the `then` of a `web_request`"),
        (say("{{webResponse.body.a.asJsonString}}"), ".asJsonString of an answer is not understood"),
        (say("{{webResponse.headers.Set-Cookie}}"), "none of ours"),
        (say("{{#webResponse.body.items}}{{issue.key}} {{now}}{{/}}{{/}}"), "Nothing is open"),
        (say("{{createdIssue.key}}"), "issue that an earlier step created"),
        (say("{{createdIssue}}"), "issue that an earlier step created"),
        (say("{{#createdIssues}}{{key}}{{/}}"), "issue that an earlier step created"),
        (keep("x", "y", type="OTHER"), "not understood"),
        (mail(to=[{"type": "FREE", "value": "ann@example.com"}]), "ann@example.com"),
        (mail(bcc=[{"type": "COPY", "value": "reporter"}]), "bcc"),
        (mail(body="<h1>Hello</h1>"), "HTML"),
    ],
)
def test_what_cannot_be_said_is_left_out_and_told(component: Any, why: str) -> None:
    found = import_rules(export(component, SAYS), KNOWN)
    assert why in found.told[0].did
    assert found.told[0].fate in (Fate.LEFT_OUT, Fate.NOT_MADE)


def test_a_condition_on_a_value_that_is_not_there_makes_no_rule() -> None:
    compare = asks("jira.comparator.condition", {"first": "{{who}}", "second": "x", "operator": "EQUALS"})
    found = import_rules(export(compare, SAYS), KNOWN)
    assert found.rules == ()
    assert "there is no value 'who'" in found.told[0].did


def test_a_mail_goes_to_people_whom_jira_knows() -> None:
    (document,) = import_rules(export(mail(cc=[{"type": "ID", "value": "5b10"}])), KNOWN).rules
    assert document["actions"] == [
        {"type": "notify", "to": ["assignee", "5b10"], "subject": "Look at {{ issue.key }}", "text": "Hello"}
    ]


def test_what_is_called_as_a_value_of_ours_is_a_variable_or_not_known() -> None:
    assert said(keep("project", "mine"), say("In {{project}}")) == ["In mine"]
    found = import_rules(export(say("In {{project}}"), say("Also {{user}}"), say("Fine")), KNOWN)
    assert [each.fate for each in found.told[:2]] == [Fate.LEFT_OUT, Fate.LEFT_OUT]
    (document,) = found.rules
    assert [each["text"] for each in document["actions"]] == ["Fine"]


def test_logged_work_and_files_are_said_as_in_jira() -> None:
    text = "{{worklog.author.displayName}}: {{worklog.timeSpent}}, {{attachment.filename}}"
    (document,) = import_rules(export(say(text)), KNOWN).rules
    assert [each["text"] for each in document["actions"]] == [
        "{{ worklog.author.displayName }}: {{ worklog.timeSpent }}, {{ attachment.filename }}"
    ]
