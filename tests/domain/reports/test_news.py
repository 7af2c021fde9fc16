"""What is news to whoever watches an issue, and that the same news come once."""

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.reports.news import NewComment, Said, say_next
from app.domain.sprint_health.health import Verdict
from tests.factories import START

ON, RISK, OFF = Verdict.ON_TRACK, Verdict.AT_RISK, Verdict.OFF_TRACK


def editions(verdicts: list[Verdict], wanted: NewComment) -> list[int]:
    """Of a report a day with these verdicts."""
    said: Said | None = None
    found = []
    for number, verdict in enumerate(verdicts):
        said = say_next(said, verdict, START + timedelta(days=number), wanted)
        found.append(said.edition)
    return found


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (NewComment.VERDICT, [1, 1, 2, 2, 3, 4, 5]),
        (NewComment.WORSE, [1, 1, 2, 2, 3, 3, 3]),
        (NewComment.NEVER, [1, 1, 1, 1, 1, 1, 1]),
    ],
)
def test_a_verdict_that_changed_is_told_anew_once(wanted: NewComment, found: list[int]) -> None:
    assert editions([ON, ON, RISK, RISK, OFF, RISK, ON], wanted) == found


def test_a_report_on_the_past_is_no_news_and_forgets_none() -> None:
    today = say_next(Said(ON, 1, START), RISK, START + timedelta(days=1), NewComment.VERDICT)
    again = say_next(today, ON, START, NewComment.VERDICT)
    assert again == today == Said(RISK, 2, START + timedelta(days=1))
    assert say_next(again, RISK, START + timedelta(days=2), NewComment.VERDICT).edition == 2


@given(st.lists(st.sampled_from(Verdict), min_size=1), st.sampled_from(NewComment))
def test_there_are_never_more_comments_than_changes(verdicts: list[Verdict], wanted: NewComment) -> None:
    changes = sum(one != other for one, other in pairwise(verdicts))
    found = editions(verdicts, wanted)
    assert found[-1] - 1 <= changes
    assert found == sorted(found)
