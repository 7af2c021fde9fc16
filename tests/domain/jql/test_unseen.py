"""What a query says of issues that are not there for who asks; the rest of it stays as it is."""

import pytest

from app.domain.jql.parser import parse
from app.domain.jql.unseen import numbers_of_issues, without


@pytest.mark.parametrize(
    "jql",
    [
        'summary ~ "SEC-1"',
        "key > SEC-1",
        "sprint = 77",
        "cf[10020] = 77",
        "parent = PUB-1",
        "project = SEC",
        "",
        "updated > 77",
    ],
)
def test_words_orders_and_numbers_of_other_things_stay(jql: str) -> None:
    query = parse(jql)
    assert without(query, {"SEC-1"}, {"77"}) == query


@pytest.mark.parametrize(
    "jql",
    [
        "parent = sec-1",
        "parent = ' SEC-1 '",
        "parent WAS NOT IN (PUB-1, (77))",
        "cf[10014] = SEC-1",
        "a = b AND NOT (x = y OR issue IN (linkedIssues(77)))",
        "parent CHANGED FROM SEC-1",
        "linkedIssue = 77",
    ],
)
def test_an_issue_is_taken_out_however_it_is_named(jql: str) -> None:
    query = parse(jql)
    assert without(query, {"SEC-1"}, {"77"}) != query
    assert without(query, set(), set()) == query


@pytest.mark.parametrize(
    ("told", "numbers"),
    [
        ("cannot be answered (`issue in (77, 'PUB-1', \"78\")`: no such issue 79)", {"77", "78"}),
        ("`parent WAS 77` and `x IN (linkedIssues(78))`", {"77", "78"}),
        ("`id CHANGED FROM 77`", {"77"}),
        ("`sprint = 77`, `project IN (78)`, 79", set()),
        ("`sprint in (77, 78, 7", {}),
        ("`sprint in (77, 78, 7`", {"77", "78", "7"}),
    ],
)
def test_numbers_that_a_told_clause_names_issues_by(told: str, numbers: set[str]) -> None:
    assert numbers_of_issues(told) == set(numbers)
