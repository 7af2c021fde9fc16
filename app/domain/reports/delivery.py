"""When versions and epics are done: a road map that can be sent on, and what it rests on."""

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal

from app.domain.delivery.ledger import Standing
from app.domain.delivery.outlook import SURE, Delivery
from app.domain.delivery.scopes import Kind
from app.domain.delivery.verdict import Verdict, verdict, worst_first
from app.domain.reports import naming
from app.domain.reports.delivery_basis import details, explained, scored
from app.domain.reports.delivery_parts import (
    NOUNS,
    BoardDelivery,
    Part,
    day_of,
    named,
    rounded,
    sure,
    told_day,
    unbroken,
    what_to_do,
)
from app.domain.reports.delivery_road_map import road_map
from app.domain.reports.delivery_since import in_the_way, since
from app.domain.reports.document import (
    Block,
    BulletList,
    Colour,
    Heading,
    Inlines,
    Panel,
    PanelKind,
    Paragraph,
    Report,
    Status,
    Table,
    Text,
    quote,
    say,
)
from app.domain.reports.incomplete import incomplete
from app.domain.reports.restricted import not_counted
from app.domain.reports.words import counted, minute, percent, sized

BOXES = 10
MOST_DECISIONS, MOST_BLOCKED = 3, 5
DECIDED = {Verdict.OFF_TRACK, Verdict.AT_RISK, Verdict.DONE}
SHORTEN = 1
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
        yield from _rest(told)
        return
    orders = [worst_first(one.outlook, told.today) for one in parts]
    for one, ordered in zip(parts, orders, strict=True):
        yield _summary(one, ordered, told)
    yield from since(told)
    for one, ordered in zip(parts, orders, strict=True):
        yield from _part(one, ordered, told)
    yield from _rest(told)
    yield Paragraph(say(f"As of {minute(told.at, told.calendar)}. {explained(parts, told)}"))


def _rest(told: BoardDelivery) -> Iterator[Block]:
    if rest := not_counted(told.restricted):
        yield Paragraph(say(rest))


def _part(one: Part, ordered: Sequence[Delivery], told: BoardDelivery) -> Iterator[Block]:
    noun = NOUNS[one.kind]
    title = "The query" if one.kind is Kind.QUERY else f"{noun.capitalize()}s, the worst first"
    yield from road_map(one, told)
    yield Heading(3, say(title))
    columns = _columns(one, told)
    rows = tuple(tuple(say(*cell(each)) for cell in columns.values()) for each in ordered)
    yield Table(tuple(columns), rows, shorten=SHORTEN)
    yield from in_the_way(one, told)
    yield details(one, ordered, told)
    if one.score is not None:
        yield Paragraph(say(scored(one.score, noun)))


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


# --- one line for each ----------------------------------------------------------------------------


def _columns(part_told: Part, told: BoardDelivery) -> dict[str, Callable[[Delivery], Inlines]]:
    """By title what stands in each; where nothing is due, nothing is said of that."""
    has_due = any(one.scope.due is not None for one in part_told.outlook.deliveries)
    due: dict[str, Callable[[Delivery], Inlines]] = {
        "Due": lambda one: say("" if one.scope.due is None else unbroken(day_of(one.scope.due, told))),
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
    return f"{unbroken(first)} – {unbroken(last)}"  # noqa: RUF001 - a dash is meant


def _chance(one: Delivery) -> str:
    return "" if one.dates is None or one.dates.chance is None else percent(Decimal(one.dates.chance))


def _bar(standing: Standing) -> str:
    full = int(round(standing.share * BOXES, 6))
    return f"{'█' * full}{'░' * (BOXES - full)}\N{NO-BREAK SPACE}{_share(standing)}"


def _share(standing: Standing) -> str:
    """Rounded down: nothing is 100 % done before all of it is."""
    return percent(Decimal(int(round(standing.share * 100, 6))) / 100)
