"""What is kept in a property of Jira, whatever a report found: never too long, gaps counted."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.reports.fitted_json import LEFT_OUT, LIMIT, fit, size

texts = st.text(max_size=20)
numbers = st.integers(-(10**6), 10**6)
entries = st.fixed_dictionaries({"key": texts, "points": numbers, "issues": st.lists(texts, max_size=5)})
documents = st.fixed_dictionaries(
    {
        "sprint": st.fixed_dictionaries({"id": numbers, "goal": st.text(max_size=200)}),
        "verdict": texts,
        "ledger": st.fixed_dictionaries(
            {
                "commitment": st.fixed_dictionaries(
                    {"points": numbers, "receipts": st.lists(entries, max_size=6)}
                )
            }
        ),
        "issues": st.lists(entries, max_size=12),
        "events": st.lists(entries, max_size=12),
        "burndown": st.lists(numbers, max_size=12),
        "per_person": st.dictionaries(texts, st.lists(texts, max_size=5), max_size=8),
    }
)


@given(document=documents, limit=st.integers(300, 4000))
def test_it_always_fits_and_what_was_there_stays_or_is_counted(document: dict[str, Any], limit: int) -> None:
    kept = fit(document, limit)
    assert size(kept) <= limit
    assert len(json.dumps(kept)) <= limit
    if size(document) <= limit:
        assert kept == document
        return
    for name in ("issues", "events", "burndown"):
        assert len(kept.get(name, ())) <= len(document[name])
        if name in kept and len(kept[name]) < len(document[name]):
            assert kept[LEFT_OUT][name] >= len(document[name]) - len(kept[name])
        if name not in kept:
            assert kept[LEFT_OUT][name]
    if "ledger" in kept:
        assert kept["ledger"]["commitment"]["points"] == document["ledger"]["commitment"]["points"]


def test_the_course_goes_before_the_lists_and_those_keep_their_beginnings() -> None:
    issue = {"key": "BURN-1", "summary": "x" * 100}
    found = {
        "verdict": "at risk",
        "blocked": ["BURN-1", "BURN-2"],
        "events": [issue] * 20,
        "burndown": list(range(50)),
        "issues": [issue] * 500,
    }
    kept = fit(found)
    assert size(kept) <= LIMIT
    assert kept["verdict"] == "at risk"
    assert kept["blocked"] == ["BURN-1", "BURN-2"], "short lists stay whole"
    assert (kept["events"], kept["burndown"]) == ([], [])
    assert kept[LEFT_OUT] == {"burndown": 50, "events": 20, "issues": 500 - len(kept["issues"])}
    assert len(kept["issues"]) > 200, "there is room for that many"
    found["issues"] = [issue] * 230
    assert fit(found)["events"] == [] or fit(found)["issues"] == found["issues"]


@pytest.mark.parametrize("text", ["x", "ü", "🚀", '"', "\u2028"])
def test_a_text_of_any_length_is_cut(text: str) -> None:
    kept = fit({"sprint": {"goal": text * 60_000}, "issues": [1]})
    assert size(kept) <= LIMIT
