"""The road map of versions, epics or a query: what comes now, next and later, with its picture."""

from collections.abc import Iterator, Sequence
from itertools import accumulate

from app.domain.delivery.outlook import SURE, Delivery
from app.domain.delivery.verdict import Part as OfRoadMap
from app.domain.delivery.verdict import Verdict, part, verdict
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
    name_of,
    named,
    sure,
    unbroken,
)
from app.domain.reports.document import (
    Block,
    BulletList,
    Heading,
    Inline,
    Inlines,
    Medium,
    Picture,
    Text,
    quote,
    say,
)
from app.domain.reports.words import MONTHS
from app.domain.scrum.wording import and_more

MOST_STOPS = 12
MOST_READ_OUT = 650
"""Characters of what is said of a picture to those who do not see it, beside its title."""
SHORTEN = 1


def road_map(one: Part, told: BoardDelivery) -> Iterator[Block]:
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
    by = NEVER if one.dates.by[SURE] is None else f"by {unbroken(sure(one, told))}"
    state = "" if one.scope.due is None else f" ({judged.value})"
    return say(*named(one), f" {by}{state}")


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
