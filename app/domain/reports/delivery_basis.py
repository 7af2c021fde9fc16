"""What the days of a delivery report rest on: what is in each, how they are worked out, how good that was."""

from collections.abc import Sequence
from decimal import Decimal

from app.domain.delivery.backtest import Score
from app.domain.delivery.ledger import GROWTH, Sum
from app.domain.delivery.outlook import CONFIDENCES, SURE, Delivery
from app.domain.delivery.rhythm import Train
from app.domain.delivery.scopes import Kind
from app.domain.reports.delivery_parts import (
    NOUNS,
    PLURALS,
    BoardDelivery,
    Part,
    fixed_days,
    named,
    rounded,
)
from app.domain.reports.document import (
    Expand,
    Table,
    say,
)
from app.domain.reports.words import counted, number, percent, sized
from app.domain.scrum.units import ISSUES

SHORTEN = 2
"""It gives way before what the page is about."""


def details(one: Part, ordered: Sequence[Delivery], told: BoardDelivery) -> Expand:
    """What each holds and how it grew, folded away."""
    columns = (
        NOUNS[one.kind].capitalize(),
        "Done",
        "In progress",
        "To do",
        "Unestimated",
        "Added",
        "Removed",
    )
    rows = tuple(
        (
            say(*named(each)),
            say(_sum(each.standing.done, told)),
            say(_sum(each.standing.in_progress, told)),
            say(_sum(each.standing.to_do, told)),
            say(str(each.standing.unestimated)),
            say(sized(rounded(each.standing.added), told.unit)),
            say(sized(rounded(each.standing.removed), told.unit)),
        )
        for each in ordered
    )
    title = f"What is in them, and how they grew in the last {GROWTH.days // 7} weeks, in {told.unit}"
    return Expand(title, (Table(columns, rows, shorten=SHORTEN),))


def _sum(told: Sum, board: BoardDelivery) -> str:
    issues = counted(told.issues, "issue")
    return issues if board.unit == ISSUES else f"{sized(rounded(told.points), board.unit)} ({issues})"


def explained(parts: Sequence[Part], told: BoardDelivery) -> str:
    """How the days were worked out, and from which past."""
    assumed = " ".join(_assumed(one) for one in parts if not one.outlook.refused)
    sure = (
        f"{SURE} % sure: in {SURE} of 100 trials it is done by then; the chance is the share by the due day."
    )
    if any(one.outlook.train is None for one in parts):
        sure = f"Some days are added, as earlier ones were done later than was forecast. {sure}"
    trains = [_train(one.outlook.train) for one in parts if one.outlook.train is not None]
    paces = (_pace(one, told) for one in parts if not one.outlook.refused)
    return " ".join(each for each in (assumed, sure, *trains, *paces) if each)


def _assumed(one: Part) -> str:
    """In which order they are worked off."""
    if one.kind is Kind.QUERY:
        return "They are worked off as fast as the issues of the query usually are."
    plural, in_line = PLURALS[one.kind].capitalize(), one.outlook.in_line
    if one.outlook.side_by_side and in_line is not None:
        first = percent(Decimal(in_line))
        return (
            f"{plural} are worked on side by side: of what was finished for them lately, {first} went to the "
            "first in line. So each has its part of a day, as lately; when one is done, the next begins."
        )
    return (
        f"{plural} are worked off one after the other, those that are due first come first, by what the team "
        "usually finishes for them in a day; what it finishes for other work stays there."
    )


def _train(train: Train) -> str:
    """How we know, and how much nearer it is."""
    fixed, by_work = (number(round(Decimal(each), 1)) for each in (train.error, train.queue_error))
    kept = sum(not slip for slip in train.slips)
    return (
        f"Versions go out {fixed_days(train.rhythm)} with what is ready: of the last "
        f"{counted(len(train.slips), 'version')} {kept} kept such a day. Told half-way by these, versions "
        f"were off by {fixed} working days on average; told by the work left, by {by_work}. So what is due "
        "on such a day is told by it, and the chance says how likely all of it is ready then."
    )


def _pace(one: Part, told: BoardDelivery) -> str:
    pace = one.outlook.pace
    finished, added = (number(round(Decimal(each), 1)) for each in (pace.finished, pace.added))
    unit, plural = told.unit, PLURALS[one.kind]
    usual = ""
    if unit != ISSUES and any(each.standing.unestimated for each in one.outlook.deliveries):
        usual = f" An issue without an estimate counts {number(rounded(one.outlook.usual))}."
    return (
        f"{plural.capitalize()}: days to come are drawn {one.outlook.trials} times from the last "
        f"{counted(len(pace.days), 'working day')} ({finished} {unit} a day finished, {added} added).{usual}"
    )


def scored(score: Score, noun: str) -> str:
    """How often such forecasts held, tried blind."""
    number_of = len(score.blind)
    covered = ", ".join(
        f"{round(score.coverage[each] * number_of)} by the {each} % day" for each in CONFIDENCES
    )
    error = ""
    if score.error is not None:
        days = number(round(Decimal(score.error), 1))
        error = f" The 50 % day was off by {days} working days on average."
    fixed = sum(one.fixed for one in score.blind)
    by_days = f" {fixed} of them were told by the fixed days on which they go out." if fixed else ""
    return (
        f"Checked on the last {counted(number_of, noun)} that ended, each forecast half-way from "
        f"what was known then: {covered} were done.{error}{by_days}"
    )
