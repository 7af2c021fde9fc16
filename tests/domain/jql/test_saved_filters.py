"""A query stands alone once the filters that it names stand in it with their own clauses."""

import pytest

from app.domain.jql.saved_filters import filters_named, with_filters

KNOWN = {
    "1": "labels = web OR labels = app ORDER BY Rank",
    "2": "filter = 1 AND project = BURN",
    "3": "filter in (1, 9)",
    "4": "ORDER BY Rank",
    "5": "filter = 5",
    "6": "this is = no JQL at all",
}


@pytest.mark.parametrize(
    ("jql", "alone"),
    [
        ("project = BURN ORDER BY Rank", "project = BURN ORDER BY Rank"),
        ("filter = 1", "labels = web or labels = app"),
        (
            "project = BURN AND savedFilter = 1 ORDER BY Rank",
            "project = BURN and (labels = web or labels = app) ORDER BY Rank",
        ),
        ("filter in (1, 2)", None),
        ("NOT filter = 2", "not ((labels = web or labels = app) and project = BURN)"),
        ("filter = 3", "filter in (1, 9)"),
        ("filter = 4 AND a = 1", "filter = 4 and a = 1"),
        ("filter = 5", "filter = 5"),
        ("filter = 6", "filter = 6"),
        ("filter = 7", "filter = 7"),
        ('filter = "Team web"', 'filter = "Team web"'),
        ("filter != 1", "filter != 1"),
        ("filter = ", "filter = "),
    ],
)
def test_the_clauses_of_a_filter_stand_in_its_place_if_they_are_known(jql: str, alone: str | None) -> None:
    either = "(labels = web or labels = app) or ((labels = web or labels = app) and project = BURN)"
    assert with_filters(jql, KNOWN) == (alone or either)


def test_only_filters_that_are_named_by_their_ids_can_be_looked_up() -> None:
    assert filters_named("filter = 1 OR NOT request in (2, 3) OR filter = x OR filter != 4 OR id = 5") == {
        "1",
        "2",
        "3",
    }


def test_filters_that_name_each_other_many_times_are_put_in_up_to_a_length_and_named_beyond() -> None:
    """Eighteen filters that each name all later ones stand for a hundred thousand clauses."""
    last = 18
    known = {
        str(one): f"filter in ({', '.join(str(each) for each in range(one + 1, last + 1))})"
        for one in range(1, last)
    }
    jql = with_filters("filter = 1", {**known, str(last): "a = 1"})
    assert 10_000 < len(jql) < 100_000
    assert filters_named(jql)
    assert jql.count("a = 1") > 100


def test_one_filter_that_is_too_long_leaves_the_others_in_their_place() -> None:
    known = {"1": " OR ".join(f"a = {number}" for number in range(10_000)), "2": "b = 2"}
    assert with_filters("filter = 1 OR filter = 2", known) == "filter = 1 or b = 2"
