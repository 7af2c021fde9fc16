"""How many issues stood in each column as each day ended; the sprint's Monday is 2 March 2026."""

import random
from dataclasses import replace
from datetime import date, datetime, time, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.flow.cumulative import CumulativeFlow, Move, changes, cumulative_flow, grown_most
from app.domain.flow.path import path_of
from app.domain.scrum.board import Board
from app.domain.scrum.calendar import Calendar, WorkingClock
from app.domain.scrum.issue import Issue
from tests.domain.flow.test_walk import AT, BOARD, CALENDAR, HOUR, HOURS, POLICY, Life, life
from tests.factories import BEFORE_START, CLOSED, DONE, IN_PROGRESS, TO_DO, UNMAPPED, a_board, an_issue, moved
from tests.factories import day as at_day

DAY = timedelta(days=1)
PUT_AWAY = frozenset({UNMAPPED})


def told_of(
    *issues: Issue,
    board: Board | None = None,
    since: datetime | None = None,
    at: datetime | None = None,
    calendar: Calendar | None = None,
    closed: frozenset[str] = frozenset(),
) -> CumulativeFlow:
    board, since, at = board or a_board(), since or at_day(2, 0), at or at_day(12)
    calendar = calendar or Calendar()
    clock = WorkingClock(calendar, BEFORE_START, at)
    paths = [path_of(one, board, POLICY, at=at, clock=clock, closed=closed) for one in issues]
    there = [one for one in paths if one is not None]
    return cumulative_flow(there, board, POLICY, since=since, at=at, calendar=calendar, closed=closed)


def test_each_day_has_what_stood_in_each_column_as_it_ended_and_what_led_there() -> None:
    """From Tuesday 3 March, sprint day 2, on; work is begun on Wednesday and done on Friday."""
    worked = an_issue(
        "BURN-1",
        status=DONE,
        changes=(moved(at_day(3), TO_DO, IN_PROGRESS), moved(at_day(5), IN_PROGRESS, DONE)),
    )
    found = told_of(worked, an_issue("BURN-2", created=at_day(4)), an_issue("BURN-3"), at=at_day(6))
    assert (found.columns, found.begun, found.done) == (("To Do", "In Progress", "Done"), {1}, 2)
    assert found.before == (2, 0, 0)
    assert [(one.day.day, one.counts) for one in found.days] == [
        (3, (2, 0, 0)),
        (4, (1, 1, 0)),
        (5, (2, 1, 0)),
        (6, (2, 0, 1)),
        (7, (2, 0, 1)),
    ]
    assert [one.moves for one in found.days] == [
        (),
        (Move("BURN-1", 0, 1),),
        (Move("BURN-2", None, 0),),
        (Move("BURN-1", 1, 2),),
        (),
    ]
    assert (found.came, found.went, found.finished) == (1, 0, 1)


def test_what_is_taken_back_on_the_same_day_is_no_move() -> None:
    back = (moved(at_day(3, 9), TO_DO, IN_PROGRESS), moved(at_day(3, 17), IN_PROGRESS, TO_DO))
    assert not [*told_of(an_issue(changes=back)).moves]


def test_a_day_ends_at_midnight_where_the_team_is_and_midnight_is_the_next_day() -> None:
    moves = (moved(at_day(3, 0), TO_DO, IN_PROGRESS),)
    (found,) = [one.day for one in told_of(an_issue(status=IN_PROGRESS, changes=moves)).days if one.moves]
    assert found == date(2026, 3, 4)
    there = told_of(an_issue(status=IN_PROGRESS, changes=moves), calendar=CALENDAR)
    assert [one.day for one in there.days if one.moves] == [date(2026, 3, 3)]


def test_what_was_released_from_the_last_column_stays_done_and_what_was_put_away_is_gone() -> None:
    """ "Released" and "Won't do" are the same to Jira: a status off the board that is called done."""
    released = (moved(at_day(3), TO_DO, DONE), moved(at_day(4), DONE, UNMAPPED))
    dropped = (moved(at_day(4), TO_DO, UNMAPPED),)
    issues = [an_issue(f"BURN-{n}", status=UNMAPPED, changes=one) for n, one in ((1, released), (2, dropped))]
    found = told_of(*issues, closed=PUT_AWAY)
    assert (found.before, found.now, found.finished, found.went) == ((2, 0, 0), (0, 0, 1), 1, 1)
    assert told_of(*issues).now == (0, 0, 0), "without its name for done, both are only off the board"


def test_an_issue_that_is_deleted_counts_on_no_day() -> None:
    assert told_of(an_issue(deleted_at=at_day(5))).before == (0, 0, 0)


# --- a second time, hour by hour ----------------------------------------------------------------


def naive(lives: list[Life], moment: datetime, closed: frozenset[str]) -> list[int]:
    """Where each stands, read off its hours: no stays, no changes."""
    hour = (moment - BEFORE_START) // HOUR
    counts = [0] * 4
    for one in lives:
        if one.issue.created <= moment:
            walked = one.statuses[: hour + 1]
            while len(walked) > 1 and walked[-1] in closed:
                walked.pop()
            then, now = walked[-1], one.statuses[hour]
            places = [place for place, column in enumerate(SHOWN) if now in column.status_ids]
            if now in closed and then in {DONE, CLOSED}:
                places = [3]
            for place in places:
                counts[place] += 1
    return counts


SHOWN = [column for column in BOARD.columns if column.status_ids]


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 2**32), st.integers(0, 12), st.sampled_from([frozenset[str](), PUT_AWAY]))
def test_every_day_is_what_a_walk_through_every_hour_counts(
    seed: int, skipped: int, closed: frozenset[str]
) -> None:
    """Columns add up to the issues on the board, and a day is the day before, with what came and went."""
    chance = random.Random(seed)
    lives = [life(chance) for _ in range(chance.randrange(1, 6))]
    lives = [
        replace(one, issue=replace(one.issue, id=str(n), key=f"BURN-{n}")) for n, one in enumerate(lives)
    ]
    since = datetime.combine(CALENDAR.day_of(BEFORE_START) + skipped * DAY, time(), CALENDAR.zone)
    found = told_of(
        *(one.issue for one in lives), board=BOARD, since=since, calendar=CALENDAR, closed=closed, at=AT
    )
    assert [one.day for one in found.days] == [
        since.date() + number * DAY for number in range(len(found.days))
    ]
    assert found.days[-1].day == CALENDAR.day_of(AT)
    before = found.before
    if since > BEFORE_START:
        assert list(before) == naive(lives, since - HOUR, closed)
    for one in found.days:
        ends = datetime.combine(one.day + DAY, time(), CALENDAR.zone)
        last = min(ends - HOUR, AT)
        assert list(one.counts) == naive(lives, last, closed)
        came = sum(move.before is None for move in one.moves)
        went = sum(move.after is None for move in one.moves)
        assert sum(one.counts) == sum(before) + came - went
        for column in range(len(found.columns)):
            entered = sum(move.after == column for move in one.moves)
            left = sum(move.before == column for move in one.moves)
            assert one.counts[column] == before[column] + entered - left
        before = one.counts
    assert found.now == before
    assert sum(found.now) == sum(found.before) + found.came - found.went
    assert HOURS * HOUR == AT - BEFORE_START


# --- which column grew --------------------------------------------------------------------------


def stood(*counts: tuple[int, ...]) -> CumulativeFlow:
    """Days on which so many issues stood in each column."""
    whole = told_of()
    first = whole.days[0]
    days = tuple(
        replace(first, day=first.day + number * DAY, counts=one) for number, one in enumerate(counts)
    )
    return replace(whole, days=days)


def test_the_column_that_grew_most_is_named_by_its_first_and_its_last_week() -> None:
    found = grown_most(stood(*[(40, 2, number) for number in range(7)], *[(36, 9, 20)] * 7))
    assert found is not None
    assert (found.column, found.then, found.now) == (1, 2, 9)
    shrunk = grown_most(stood(*[(40, 2, 0)] * 7, *[(20, 2, 20)] * 7))
    assert shrunk is not None
    assert (shrunk.column, shrunk.then, shrunk.now) == (0, 40, 20)


def test_few_issues_or_a_small_share_or_few_days_are_no_growth() -> None:
    assert grown_most(stood(*[(40, 2, 0)] * 7, *[(50, 4, 20)] * 7)) is None
    assert changes(stood(*[(40, 2, 0)] * 6, *[(80, 9, 20)] * 7)) == ()
