"""Priority by a formula: what it may say, what an issue scores, and how the order differs from today's."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.grooming.formula import FormulaNotUnderstood, read_formula
from app.domain.grooming.priority import KNOWN, Linked, Links, Scoring, number_in, rank
from tests.domain.grooming.backlogs import ago, backlog, item

RICE = {"reach": "Reach", "impact": "Impact", "confidence": "Confidence", "effort": "Effort"}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 + 2 * 3", 7),
        ("-(a - b) / 2", 1),
        ("max(a, b, 2) + min(a, b)", 4),
        ("a if a > b else b * 10", 30),
        ("a / 0", None),
        ("sqrt(-a)", None),
        ("log(8, a + a) + abs(-a)", 4),
    ],
)
def test_a_formula_is_worked_out(text: str, value: float | None) -> None:
    assert read_formula(text).value({"a": 1, "b": 3}) == value


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os')",
        "a.b",
        "a[0]",
        "'x'",
        "a ** 9",
        "lambda: 1",
        "[a for a in b]",
        "exec(a)",
        "max(*a)",
        "min()",
        "min(a)",
        "max(1)",
        "abs(a, b)",
        "sqrt(a, b)",
        "log(a, b, 2)",
        "max(a, key=b)",
        "a := 1",
        "1 < a < 3",
        "a and b",
        "True",
        "a;b",
        "1+" * 400 + "1",
        "",
    ],
)
def test_everything_else_is_refused_when_it_is_read(text: str) -> None:
    with pytest.raises(FormulaNotUnderstood):
        read_formula(text)


@given(st.text(max_size=60))
def test_no_text_does_harm(text: str) -> None:
    try:
        formula = read_formula(text)
    except FormulaNotUnderstood:
        return
    formula.value(dict.fromkeys(formula.names, 2.0))


def with_fields(key: str, rank_: str, **values: Any) -> Any:
    fields = {name.capitalize(): value for name, value in values.items()}
    return item(key, rank=rank_, fields=fields, created=ago(10))


def test_rice_is_what_its_makers_wrote() -> None:
    one = with_fields("BURN-1", "1", reach=500, impact={"value": "2"}, confidence="80 %", effort=4)
    (scored,) = rank(backlog(one), Scoring("RICE", RICE)).scored
    assert scored.value == 200
    assert KNOWN["wsjf"] == "(value + time_criticality + risk_reduction) / size"


def test_the_order_by_scores_is_a_diff_with_its_inversions() -> None:
    first = with_fields("BURN-1", "1", value=1)
    second = with_fields("BURN-2", "2", value=None)
    third = with_fields("BURN-3", "3", value=9)
    fourth = with_fields("BURN-4", "4", value=5)
    found = rank(backlog(first, second, third, fourth), Scoring("value", {"value": "Value"}))
    # What has no score keeps its place.
    assert [one.item.key for one in found.scored] == ["BURN-3", "BURN-2", "BURN-4", "BURN-1"]
    assert [one.moves for one in found.scored] == [2, 0, 1, -3]
    assert found.scored[1].missing == ("value",)
    assert [(each.above.item.key, each.below.item.key) for each in found.inversions] == [("BURN-1", "BURN-3")]


def test_what_needs_no_field_is_known() -> None:
    blocker, waiting = item("BURN-1", priority_place=0, created=ago(30)), item("BURN-2", priority_place=2)
    of = backlog(blocker, waiting, blocks=(("id-BURN-1", "id-BURN-2"),))
    scored = rank(of, Scoring("age_days + 100 * urgency + 1000 * blocks + 10000 * estimate")).scored
    assert {one.item.key: one.value for one in scored} == {"BURN-1": 31330, "BURN-2": 30120}


def test_people_who_voted_and_watch_count() -> None:
    wanted = item("BURN-1", rank="2", fields={"votes": {"votes": 7}, "watches": {"watchCount": 3}})
    unread = item("BURN-2", rank="1", fields={"votes": {"votes": 2}})
    scoring = Scoring("votes * 10 + watchers")
    assert scoring.asked == {"votes", "watches"}
    of = {one.item.key: one for one in rank(backlog(wanted, unread), scoring).scored}
    assert of["BURN-1"].value == 73
    assert of["BURN-1"].parts == {"votes": 7, "watchers": 3}
    assert of["BURN-2"].missing == ("watchers",)


def test_a_field_that_a_team_names_votes_goes_before_jiras_own() -> None:
    scoring = Scoring("votes", {"votes": "Customer Votes"})
    assert scoring.asked == {"Customer Votes"}
    (scored,) = rank(backlog(item(fields={"Customer Votes": 4, "votes": {"votes": 9}})), scoring).scored
    assert scored.value == 4


def test_a_name_without_field_is_refused_with_the_way_out() -> None:
    with pytest.raises(FormulaNotUnderstood, match="'effort' needs a field"):
        rank(backlog(item()), Scoring("rice", {"reach": "R", "impact": "I", "confidence": "C"}))


def test_an_empty_field_may_count_for_something() -> None:
    scoring = Scoring("value", {"value": "Value"}, {"value": 3})
    (scored,) = rank(backlog(with_fields("BURN-1", "1", value=None)), scoring).scored
    assert scored.value == 3


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (3, 3),
        ("0.5", 0.5),
        ({"value": "Must have"}, 4),
        ("Won\u2019t have", 1),
        ({"value": "80%"}, 0.8),
        (True, None),
        ("high", None),
        ("nan", None),
        ("-inf %", None),
        ({}, None),
        ([], None),
    ],
)
def test_numbers_are_read_from_what_fields_hold(value: Any, number: float | None) -> None:
    assert number_in(value) == number


FEEDBACK = {
    "requests": Links("is requested by", project="FEED"),
    "revenue": Links("Request", sum="Revenue"),
    "everything": Links(),
}


def linked(project: str = "FEED", revenue: object = None, words: str = "is requested by") -> Linked:
    return Linked("Request", words, project, {"Revenue": revenue})


def test_linked_issues_count_by_type_words_and_project_and_their_numbers_add_up() -> None:
    asked, other = item("BURN-1", rank="2"), item("BURN-2", rank="1")
    others = {"id-BURN-1": (linked(revenue=500), linked(revenue="40 %"), linked("OPS", None, "requests"))}
    scoring = Scoring("requests * 100 + revenue + everything / 10", links=FEEDBACK)
    first, second = rank(backlog(asked, other), scoring, others).scored
    assert (first.item.key, first.parts) == ("BURN-1", {"requests": 2, "revenue": 500.4, "everything": 3})
    assert (second.item.key, second.value) == ("BURN-2", 0)
    assert scoring.asked == frozenset()


def test_a_name_counts_links_or_reads_a_field() -> None:
    with pytest.raises(
        FormulaNotUnderstood, match=r"'effort' and 'impact' need fields: .* effort = \".\", impact = "
    ):
        Scoring("rice", {"reach": "R", "confidence": "C"}).read()
    with pytest.raises(FormulaNotUnderstood, match="'requests' stands under `fields` and under `links`"):
        Scoring("requests", {"requests": "Requests"}, links=FEEDBACK).read()


@pytest.mark.parametrize(
    ("held", "number"),
    [
        ("Must have", 4),
        ("won\u2019t have this time", 1),
        ("must not", None),
        ("nan", None),
        ("Infinity", None),
        ("-inf %", None),
        ({"value": "nan"}, None),
        ("2.5", 2.5),
    ],
)
def test_only_numbers_and_the_words_of_moscow_are_numbers(held: object, number: float | None) -> None:
    assert number_in(held) == number
