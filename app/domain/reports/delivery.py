"""When versions and epics are done: a road map that can be sent on, and what it rests on."""

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from itertools import accumulate

from app.domain.delivery.backtest import Score
from app.domain.delivery.ledger import GROWTH, Standing, Sum
from app.domain.delivery.outlook import CONFIDENCES, SURE, Delivery
from app.domain.delivery.rhythm import Train
from app.domain.delivery.scopes import Kind
from app.domain.delivery.verdict import Part as OfRoadMap
from app.domain.delivery.verdict import Verdict, part, verdict, worst_first
from app.domain.reports import naming
from app.domain.reports.charts.delivery import LONGEST_NAME, drawable
from app.domain.reports.charts.delivery import delivery as drawn
from app.domain.reports.charts.pictures import MARGINS, WHOLE_WIDTH
from app.domain.reports.delivery_parts import (
    NEVER,
    NOUNS,
    PLURALS,
    BoardDelivery,
    Part,
    as_they_come,
    day_of,
    fixed_days,
    name_of,
    named,
    rounded,
    sure,
    told_day,
    what_to_do,
)
from app.domain.reports.delivery_since import in_the_way, since
from app.domain.reports.document import (
    Block,
    BulletList,
    Colour,
    Expand,
    Heading,
    Inline,
    Inlines,
    Medium,
    Panel,
    PanelKind,
    Paragraph,
    Picture,
    Report,
    Status,
    Table,
    Text,
    quote,
    say,
)
from app.domain.reports.incomplete import incomplete
from app.domain.reports.words import MONTHS, counted, minute, number, percent, sized
from app.domain.scrum.units import ISSUES
from app.domain.scrum.wording import and_more

BOXES = 10
MOST_DECISIONS, MOST_BLOCKED, MOST_STOPS = 3, 5, 12
DECIDED = {Verdict.OFF_TRACK, Verdict.AT_RISK, Verdict.DONE}
MOST_READ_OUT = 650
"""Characters of what is said of a picture to those who do not see it, beside its title."""
SHORTEN, SHORTEN_DETAILS = 1, 2
LAST = 0
"""What is read first gives way last."""
COLOURS = {
    Verdict.OFF_TRACK: Colour.RED,
    Verdict.AT_RISK: Colour.YELLOW,
    Verdict.ON_TRACK: Colour.GREEN,
    Verdict.DONE: Colour.GREEN,
}
COUNTED = {Verdict.NO_DATE: "without a day set", Verdict.NO_FORECAST: "without a forecast"}


def report(told: BoardDelivery) -> Report:
    """The whole report."""
    return Report(f"Delivery: {quote(told.board.name, 120)}", tuple(_blocks(told)))


def _blocks(told: BoardDelivery) -> Iterator[Block]:
    yield from incomplete(told.missing)
    parts = [one for one in told.parts if one.outlook.deliveries]
    if not parts:
        nothing = "No unreleased version and no open epic with issues is known on this board yet."
        if any(one.kind is Kind.QUERY for one in told.parts):
            nothing = "None of the issues that the query finds was there then."
        yield Paragraph(say(nothing))
        yield from since(told)
        return
    orders = [worst_first(one.outlook, told.today) for one in parts]
    for one, ordered in zip(parts, orders, strict=True):
        yield _summary(one, ordered, told)
    yield from since(told)
    for one, ordered in zip(parts, orders, strict=True):
        yield from _part(one, ordered, told)
    yield Paragraph(say(f"As of {minute(told.at, told.calendar)}. {_explained(parts, told)}"))


def _part(one: Part, ordered: Sequence[Delivery], told: BoardDelivery) -> Iterator[Block]:
    noun = NOUNS[one.kind]
    title = "The query" if one.kind is Kind.QUERY else f"{noun.capitalize()}s, the worst first"
    yield from _road_map(one, told)
    yield Heading(3, say(title))
    columns = _columns(one, told)
    rows = tuple(tuple(say(*cell(each)) for cell in columns.values()) for each in ordered)
    yield Table(tuple(columns), rows, shorten=SHORTEN)
    yield from in_the_way(one, told)
    yield _details(one, ordered, told)
    if one.score is not None:
        yield Paragraph(say(_scored(one.score, noun)))


# --- what is said first ---------------------------------------------------------------------------


def _summary(one: Part, ordered: Sequence[Delivery], told: BoardDelivery) -> Panel:
    verdicts = [verdict(each, told.today) for each in ordered]
    counts = [(each, verdicts.count(each)) for each in Verdict if each in verdicts]
    listed = ", ".join(f"{count} {COUNTED.get(each, each.value)}" for each, count in counts)
    sentence = f"{counted(len(ordered), NOUNS[one.kind])}: {listed}."
    kind = PanelKind.INFO
    if Verdict.OFF_TRACK in verdicts:
        kind = PanelKind.ERROR
    elif Verdict.AT_RISK in verdicts:
        kind = PanelKind.WARNING
    elif Verdict.ON_TRACK in verdicts:
        kind = PanelKind.SUCCESS
    findings = [*_next(one, told), *_decisions(ordered, told), *_blocked(one)]
    if one.outlook.refused:
        findings.append(say(f"No dates are told: {one.outlook.refused}."))
    if one.left_out:
        findings.append(say(f"{one.left_out} more are open; those that are due last are not looked at."))
    listing = (BulletList(tuple(findings), shorten=LAST),) if findings else ()
    return Panel(kind, (Paragraph((Text(sentence, strong=True),)), *listing))


def _next(one: Part, told: BoardDelivery) -> Iterator[Inlines]:
    """What comes first, for who reads one line alone."""
    coming = [(day, each) for each in one.outlook.deliveries if (day := told_day(each)) is not None]
    _, first = min(coming, key=lambda pair: (pair[0], pair[1].scope.place), default=(None, None))
    if first is not None and one.kind is not Kind.QUERY:
        due = "" if first.scope.due is None else f", due {day_of(first.scope.due, told)}"
        yield say("Next: ", *named(first), f" by {sure(first, told)} ({SURE} % sure{due}).")


def _decisions(ordered: Sequence[Delivery], told: BoardDelivery) -> Iterator[Inlines]:
    """What somebody has to decide, the worst first."""
    open_ones = [each for each in ordered if verdict(each, told.today) in DECIDED]
    for each in open_ones[:MOST_DECISIONS]:
        yield say("Decide: ", *named(each), f". {what_to_do(each, told)}")
    if len(open_ones) > MOST_DECISIONS:
        yield say(f"{len(open_ones) - MOST_DECISIONS} more are to be decided, see below.")


def _blocked(one: Part) -> Iterator[Inlines]:
    """Issues that something stops, the longest first, with what they hold up."""
    stopped = [(issue, each) for each in one.outlook.deliveries for issue in one.risks_of(each).blocked]
    if stopped:
        ordered = sorted(stopped, key=lambda pair: -pair[0].days)
        keys = dict.fromkeys(issue.key for issue, _ in ordered)
        yield say("Unblock: ", *naming.keys(keys, MOST_BLOCKED), ".")


def _pictures(one: Part, told: BoardDelivery) -> Iterator[Picture]:
    shown = as_they_come(one)
    names = [name_of(each) for each in shown]
    said = [
        f"{quote(name, LONGEST_NAME)}: {day_of(each.dates.by[SURE], told)}"
        for each, name in drawable(shown, names)
        if each.dates is not None
    ]
    alt = f"When each {NOUNS[one.kind]} is done with {SURE} % confidence. {_listed(said)}."
    for medium, width in ((Medium.PAGE, WHOLE_WIDTH), (Medium.COMMENT, WHOLE_WIDTH)):
        spec = drawn(shown, names, told.today, width=width - MARGINS)
        if spec is not None:
            name = f"delivery-{one.kind.value}"
            yield Picture(name, alt, spec, medium, width)


def _listed(said: Sequence[str]) -> str:
    """The first ones, as many as somebody wants to hear read out."""
    lengths = accumulate(len(each) + 2 for each in said)
    kept = [each for each, length in zip(said, lengths, strict=True) if length <= MOST_READ_OUT]
    return f"{'; '.join(kept)}{and_more(len(said), len(kept))}"


# --- one line for each ----------------------------------------------------------------------------


def _columns(part_told: Part, told: BoardDelivery) -> dict[str, Callable[[Delivery], Inlines]]:
    """By title what stands in each; where nothing is due, nothing is said of that."""
    has_due = any(one.scope.due is not None for one in part_told.outlook.deliveries)
    due: dict[str, Callable[[Delivery], Inlines]] = {
        "Due": lambda one: say("" if one.scope.due is None else _unbroken(day_of(one.scope.due, told))),
        "Chance": lambda one: say(_chance(one)),
    }
    return {
        NOUNS[part_told.kind].capitalize(): named,
        "State": lambda one: say(_state(verdict(one, told.today))),
        "Done": lambda one: say(_bar(one.standing)),
        f"Left ({told.unit})": lambda one: say(sized(rounded(one.standing.left), told.unit)),
        f"{SURE} % sure by": lambda one: say("" if one.dates is None else Text(sure(one, told), strong=True)),
        "50 to 95 %": lambda one: say(_spread(one, told)),
        **(due if has_due else {}),
        "What to do": lambda one: say(what_to_do(one, told)),
    }


def _state(judged: Verdict) -> Status:
    return Status(judged.value, COLOURS.get(judged, Colour.NEUTRAL))


def _spread(one: Delivery, told: BoardDelivery) -> str:
    if one.dates is None or one.dates.by[50] is None:
        return ""
    last = "?" if one.dates.by[95] is None else day_of(one.dates.by[95], told)
    first = day_of(one.dates.by[50], told)
    return f"{_unbroken(first)} – {_unbroken(last)}"  # noqa: RUF001 - a dash is meant


def _unbroken(day: str) -> str:
    """In narrow columns a day stays on its line."""
    return day.replace(" ", "\N{NO-BREAK SPACE}")


def _chance(one: Delivery) -> str:
    return "" if one.dates is None or one.dates.chance is None else percent(Decimal(one.dates.chance))


def _bar(standing: Standing) -> str:
    full = int(round(standing.share * BOXES, 6))
    return f"{'█' * full}{'░' * (BOXES - full)}\N{NO-BREAK SPACE}{_share(standing)}"


def _share(standing: Standing) -> str:
    """Rounded down: nothing is 100 % done before all of it is."""
    return percent(Decimal(int(round(standing.share * 100, 6))) / 100)


# --- the road map ---------------------------------------------------------------------------------


def _road_map(one: Part, told: BoardDelivery) -> Iterator[Block]:
    """By the days that are 85 % sure; in the order in which they come."""
    by_part: dict[OfRoadMap | None, list[Inlines]] = {}
    for each in as_they_come(one):
        if verdict(each, told.today) is not Verdict.EMPTY:
            by_part.setdefault(part(each, told.today), []).append(_stop(each, told))
    if not by_part:
        return
    yield Heading(3, say(f"Road map: {PLURALS[one.kind]}"))
    yield from _pictures(one, told)
    yield BulletList(
        tuple(
            (Text(_heading(which, told), strong=True), *_joined(by_part[which]))
            for which in (*OfRoadMap, None)
            if which in by_part
        ),
        shorten=SHORTEN,
    )


def _joined(stops: Sequence[Inlines]) -> Iterator[Inline]:
    for place, stop in enumerate(stops[:MOST_STOPS]):
        yield Text(", " if place else ": ")
        yield from stop
    yield Text(and_more(len(stops), MOST_STOPS))


def _heading(which: OfRoadMap | None, told: BoardDelivery) -> str:
    month = told.today.month - 1
    match which:
        case OfRoadMap.NOW:
            return f"Now ({MONTHS[month]})"
        case OfRoadMap.NEXT:
            return f"Next ({MONTHS[(month + 1) % len(MONTHS)]})"
        case OfRoadMap.LATER:
            return "Later"
    return "No day known"


def _stop(one: Delivery, told: BoardDelivery) -> Inlines:
    judged = verdict(one, told.today)
    if judged is Verdict.DONE:
        return say(*named(one), " (all done)")
    if one.dates is None:
        return say(*named(one))
    by = NEVER if one.dates.by[SURE] is None else f"by {_unbroken(sure(one, told))}"
    state = "" if one.scope.due is None else f" ({judged.value})"
    return say(*named(one), f" {by}{state}")


# --- what it rests on -----------------------------------------------------------------------------


def _details(one: Part, ordered: Sequence[Delivery], told: BoardDelivery) -> Expand:
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
    return Expand(title, (Table(columns, rows, shorten=SHORTEN_DETAILS),))


def _sum(told: Sum, board: BoardDelivery) -> str:
    issues = counted(told.issues, "issue")
    return issues if board.unit == ISSUES else f"{sized(rounded(told.points), board.unit)} ({issues})"


def _explained(parts: Sequence[Part], told: BoardDelivery) -> str:
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


def _scored(score: Score, noun: str) -> str:
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
