"""Of many issues the first are named and the others counted, everywhere by the same words."""

from hypothesis import given
from hypothesis import strategies as st

from app.domain.reports import naming
from app.domain.reports.document import IssueLink, say

issues = st.lists(st.integers(1, 999).map(lambda number: f"BURN-{number}"), max_size=12)


@given(issues, st.integers(1, 8))
def test_none_is_lost_and_none_is_counted_twice(keys: list[str], most: int) -> None:
    told = say(*naming.keys(keys, most))
    links = [one.key for one in told if isinstance(one, IssueLink)]
    assert links == keys[:most]
    text = "".join(one.text for one in told if not isinstance(one, IssueLink))  # type: ignore[union-attr]
    left = len(keys) - len(links)
    assert text.endswith(f" and {left} more") == (left > 0)
    assert text.count(", ") == max(len(links) - 1, 0)


def test_what_is_said_of_each_stands_behind_it() -> None:
    told = naming.named([("A-1", " (3 points)"), ("A-2", " (1 point)"), ("A-3", "")], 2)
    shown = "".join(one if isinstance(one, str) else one.key for one in told)  # type: ignore[union-attr]
    assert shown == "A-1 (3 points), A-2 (1 point) and 1 more"
