"""What a team wants of its grooming report: what cannot be read is named, with the way out."""

import re
from typing import Any

import pytest

from app.errors import NotUnderstood
from app.services.grooming_wish import read_wish


@pytest.mark.parametrize(
    ("parameters", "says"),
    [
        ({"checks": {"stael": {}}}, "no check 'stael'"),
        ({"checks": {"stale": {"dais": 3}}}, "'dais' here; perhaps 'days' is meant. There are: days, "),
        (
            {"checks": {"stael": {}, "stale": {"days": "x", "exempt": {"lables": []}}}},
            "'stael'.*'x'.*'lables'",
        ),
        ({"checks": {"oversized": {"most": float("nan")}}}, r"'oversized': most: .*> 0.*; it was nan"),
        ({"checks": {"missing_epic": {"used_by": float("inf")}}}, "it was inf"),
        ({"checks": {"duplicate": {"likeness": 65}}}, r"likeness: .*<= 1.*; it was 65"),
        ({"ready": {"most": float("nan")}}, r"ready/most: .*> 0.*; it was nan"),
        ({"checks": {"stale": 3}}, "neither options by name nor false"),
        ({"checks": {"stale": {"weight": "huge"}}}, "huge"),
        (
            {"ready": {"otherwise": {"must": ["summary", "estimat", 3]}, "words": "three", "by_typ": {}}},
            (
                "ready/by_typ: there is no 'by_typ' here; perhaps 'by_type'.*"
                "ready/otherwise/must/2: expected `str`, got `int`; it was 3.*"
                "ready/words: expected `int`, got `str`; it was 'three'.*"
                "ready/otherwise/must/1: 'estimat' is no criterion .*; perhaps 'estimate'.*field:NAME"
            ),
        ),
        (
            {"ready": {"by_type": {"Bug": {"mus": ["steps"]}, "Story": {"must": ["step"]}}}},
            (
                "ready/by_type/Bug/mus: there is no 'mus' here; perhaps 'must'.*"
                "ready/by_type/Story/must/0: 'step' is no criterion .*'steps'"
            ),
        ),
        (
            {"priority": {"formula": 3, "fields": {"reach": 7}, "otherwise": {"reach": "much"}, "link": {}}},
            (
                "priority/link: there is no 'link' here; perhaps 'links'.*"
                "priority/formula: expected `str`, got `int`; it was 3.*priority/fields.*priority/otherwise"
            ),
        ),
        (
            {"priority": {"formula": "ask", "links": {"ask": {"typ": "Request"}}}},
            "priority/links/ask/typ: there is no 'typ' here; perhaps 'type'",
        ),
        ({"priority": {"formula": "reach **"}}, "priority/formula: .* is no formula"),
        ({"priority": {}}, "priority/formula: it is missing"),
        # A mistake in two parts is told with both.
        (
            {"ready": {"words": "x"}, "priority": {"formula": "votes +"}, "checks": {"stael": {}}},
            "'stael'.*ready/words.*priority/formula",
        ),
    ],
)
def test_a_wish_that_cannot_be_read_names_what_is_wrong(parameters: dict[str, Any], says: str) -> None:
    with pytest.raises(NotUnderstood, match=says):
        read_wish(parameters)


FIELDS_OF = {
    "rice": {"reach": "Reach", "impact": "Impact", "confidence": "Confidence", "effort": "Effort"},
    "ice": {"impact": "Impact", "confidence": "Confidence", "ease": "Ease"},
    "wsjf": {
        "value": "Value",
        "time_criticality": "Time Criticality",
        "risk_reduction": "Risk",
        "size": "Story Points",
    },
    "moscow": {"moscow": "MoSCoW"},
    "wanted * 2 + votes": {"wanted": "Wanted"},
}


@pytest.mark.parametrize("formula", FIELDS_OF)
def test_what_is_said_of_a_name_that_a_formula_does_not_have_is_refused(formula: str) -> None:
    """`Confidance` under `otherwise` was taken, and an empty confidence left the issue without a score."""
    fields = FIELDS_OF[formula]
    name = next(iter(fields))
    right = {"formula": formula, "fields": fields, "otherwise": {name: 1}}
    assert read_wish({"priority": right}).scoring is not None
    for part, value in (("fields", "A field"), ("otherwise", 2.5)):
        wrong = {**right, part: {**right[part], f"{name}s": value}}  # type: ignore[dict-item]
        says = (
            f"priority/{part}/{name}s: the formula has no '{name}s', so {value!r} means nothing; "
            f"perhaps '{name}' is meant. There are: "
        )
        with pytest.raises(NotUnderstood, match=re.escape(says)) as refused:
            read_wish({"priority": wrong})
        assert refused.value.field == f"/priority/{part}/{name}s"
