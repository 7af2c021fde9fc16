"""An issue's path a second time, by walking every hour from its creation: no spans, no rewinding."""

import random
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.flow.path import Policy, path_of
from app.domain.scrum.board import Column
from app.domain.scrum.calendar import Calendar, WorkingClock
from app.domain.scrum.issue import LINKS, Change, Issue
from tests.factories import (
    BEFORE_START,
    CLOSED,
    DONE,
    FLAG_FIELD,
    IN_PROGRESS,
    TO_DO,
    UNMAPPED,
    a_board,
    a_change,
    an_issue,
    moved,
)

WAITING, REVIEW = "8", "4"
BOARD = a_board(
    columns=(
        Column("To Do", (TO_DO,)),
        Column("In Progress", (IN_PROGRESS, WAITING)),
        Column("Review", (REVIEW,)),
        Column("Nothing", ()),
        Column("Done", (DONE, CLOSED)),
    )
)
POLICY = Policy(
    flag_field=FLAG_FIELD, blocked_statuses=frozenset({UNMAPPED}), waiting_statuses=frozenset({WAITING})
)
# Clocks change within these days, and a Wednesday is free.
CALENDAR = Calendar(ZoneInfo("America/New_York"), holidays=frozenset({date(2026, 3, 4)}))
HOUR = timedelta(hours=1)
HOURS = 24 * 18
AT = BEFORE_START + HOURS * HOUR
WORDS = "This issue is blocked by BURN-9"


@dataclass
class Life:
    """What an issue was, hour by hour, and as Jira tells it."""

    issue: Issue
    statuses: list[str]
    stopped: list[bool]
    blocker_done: datetime | None


def life(chance: random.Random) -> Life:
    hours = {name: sorted(chance.sample(range(1, HOURS), chance.randrange(6))) for name in "sfl"}
    status, flagged, linked = chance.choice([TO_DO, TO_DO, IN_PROGRESS]), chance.random() < 0.3, False
    done_hour = chance.choice([HOURS + 1, chance.randrange(HOURS)])
    statuses: list[str] = []
    stopped: list[bool] = []
    changes: list[Change] = []
    for hour in range(HOURS + 1):
        at = BEFORE_START + hour * HOUR
        if hour in hours["s"]:
            others = [TO_DO, IN_PROGRESS, WAITING, REVIEW, DONE, CLOSED, UNMAPPED]
            after = chance.choice([one for one in others if one != status])
            changes.append(moved(at, status, after))
            status = after
        if hour in hours["f"]:
            flagged = not flagged
            changes.append(a_change(FLAG_FIELD, at, "" if flagged else "1", "1" if flagged else ""))
        if hour in hours["l"]:
            linked = not linked
            ends = (None, "BURN-9") if linked else ("BURN-9", None)
            texts = (None, WORDS) if linked else (WORDS, None)
            changes.append(a_change(LINKS, at, *ends, before_text=texts[0], after_text=texts[1]))
        statuses.append(status)
        stopped.append(flagged or status == UNMAPPED or (linked and hour < done_hour))
    issue = an_issue(created=BEFORE_START, status=status, flagged=flagged, changes=tuple(changes))
    return Life(issue, statuses, stopped, BEFORE_START + done_hour * HOUR if done_hour <= HOURS else None)


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**32))
def test_a_walk_through_every_hour_finds_the_same_way(seed: int) -> None:
    lived = life(random.Random(seed))
    done = {"BURN-9": lived.blocker_done} if lived.blocker_done else {}
    clock = WorkingClock(CALENDAR, BEFORE_START, AT)
    path = path_of(lived.issue, BOARD, POLICY, at=AT, clock=clock, done=done)
    assert path is not None
    started, ended = first_work(lived.statuses), last_end(lived.statuses)
    if ended is None and lived.statuses[-1] not in {IN_PROGRESS, WAITING, REVIEW}:
        started = None
    assert path.started_at == (None if started is None else BEFORE_START + started * HOUR)
    assert path.done_at == (None if ended is None else BEFORE_START + ended * HOUR)
    if started is None:
        return
    worked = [
        hour
        for hour in range(started, HOURS if ended is None else ended)
        if CALENDAR.is_working_day(CALENDAR.day_of(BEFORE_START + hour * HOUR))
    ]
    assert path.blocked_time == sum(lived.stopped[hour] for hour in worked) * HOUR
    active = sum(lived.statuses[hour] in {IN_PROGRESS, REVIEW} and not lived.stopped[hour] for hour in worked)
    if ended is not None:
        assert path.cycle_time == len(worked) * HOUR
    assert path.flow_efficiency is None or abs(path.flow_efficiency - active / len(worked)) < 1e-9


def first_work(statuses: list[str]) -> int | None:
    begun = (hour for hour, status in enumerate(statuses) if status in {IN_PROGRESS, WAITING, REVIEW})
    return next(begun, None)


def last_end(statuses: list[str]) -> int | None:
    if statuses[-1] not in {DONE, CLOSED}:
        return None
    before = [hour for hour, status in enumerate(statuses) if status not in {DONE, CLOSED}]
    return before[-1] + 1 if before else 0
