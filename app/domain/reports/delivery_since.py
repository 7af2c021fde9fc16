"""What changed since the last report on deliveries, and what is in the way: for those who decide."""

from collections.abc import Iterator, Sequence
from datetime import date

from app.domain.delivery.ledger import Moved
from app.domain.delivery.outlook import SURE, Delivery
from app.domain.delivery.scopes import Kind, Scope
from app.domain.delivery.since import Since, Told, place_of
from app.domain.delivery.verdict import verdict
from app.domain.flow.flow import Aging, Stopped
from app.domain.flow.path import BlockedBy
from app.domain.reports import naming
from app.domain.reports.delivery_parts import (
    LONGEST_NAME,
    NEVER,
    NOUNS,
    PLURALS,
    BoardDelivery,
    Part,
    day_of,
    named,
    rounded,
    told_day,
)
from app.domain.reports.document import (
    Block,
    BulletList,
    Heading,
    Inline,
    Inlines,
    Paragraph,
    Text,
    quote,
    say,
)
from app.domain.reports.words import counted, day, measured, of_date
from app.domain.scrum.units import ISSUES

MOST_TOLD, MOST_OTHERS, MOST_NAMED, MOST_RISKS = 5, 3, 3, 6
NOTABLE = 3
"""Days by which a day must have moved to be told: new chances move it a little every time."""
SHORTEN, LAST = 1, 0
"""What is in the way gives way before what changed."""


def since(told: BoardDelivery) -> Iterator[Block]:
    """What became of versions and epics; nothing where no report was before."""
    for one in told.parts:
        if one.since is None:
            continue
        when = of_date(told.calendar.day_of(one.since.before.at))
        items = list(_items(one, one.since, told))
        what = PLURALS[one.kind].capitalize()
        if not items:
            yield Paragraph(
                say(Text(f"{what} since the last report ({when}): nothing has changed.", strong=True))
            )
            continue
        yield Paragraph(say(Text(f"{what} since the last report ({when}):", strong=True)))
        kept = items[: MOST_TOLD if one.kind is Kind.VERSION else MOST_OTHERS]
        if len(items) > len(kept):
            kept.append(say(f"{len(items) - len(kept)} more changed, see below."))
        yield BulletList(tuple(kept), shorten=LAST)


def _items(one: Part, found: Since, told: BoardDelivery) -> Iterator[Inlines]:
    """First what went out, then those whose day moved most."""
    for scope in found.closed:
        yield _closed(scope, found.before.scopes[place_of(scope)], told)
    for name in found.gone:
        yield say(
            Text(quote(name, LONGEST_NAME), strong=True), " is there no more: archived, merged or deleted."
        )
    changed = [(each, news) for each in one.outlook.deliveries if (news := _news(each, found, told))]
    for each, news in sorted(changed, key=lambda pair: -abs(_later(pair[0], found) or 0)):
        yield say(*named(each), ": ", *news, ".")


def _closed(scope: Scope, before: Told, told: BoardDelivery) -> Inlines:
    assert scope.closed_at is not None
    name = quote(scope.name if scope.key is None else f"{scope.key} {scope.name}", LONGEST_NAME)
    what = " is released" if scope.kind is Kind.VERSION else " is done"
    expected = "" if before.sure is None else f"; {day_of(before.sure, told)} was told with {SURE} %"
    return say(Text(name, strong=True), f"{what}{expected}.")


def _news(one: Delivery, found: Since, told: BoardDelivery) -> list[str | Inline]:
    """Parts of a sentence; none where nothing is to be told."""
    before = found.before.scopes.get(place_of(one.scope))
    if before is None:
        due = "" if one.scope.due is None else f", due {day_of(one.scope.due, told)}"
        return [f"new{due}"] if one.scope.kind is Kind.VERSION else []
    said: list[list[str | Inline]] = [
        *_of_day(one, before, found, told),
        *_of_due(one, before, told),
        *_of_verdict(one, before, told),
        *_of_work(found.moved.get(one.scope.id, Moved()), told),
    ]
    return [part for number, each in enumerate(said) for part in (["; "] if number else []) + each]


def _later(one: Delivery, found: Since) -> int | None:
    """By how many days it is later than the last report said."""
    before, now = found.before.scopes.get(place_of(one.scope)), told_day(one)
    return None if before is None or before.sure is None or now is None else (now - before.sure).days


def _of_day(one: Delivery, before: Told, found: Since, told: BoardDelivery) -> Iterator[list[str | Inline]]:
    now, later = told_day(one), _later(one, found)
    if later is not None and abs(later) >= NOTABLE:
        how = f"{counted(abs(later), 'day')} {'later' if later > 0 else 'earlier'}"
        yield [Text(how, strong=True), f", {_day(now, told)} instead of {_day(before.sure, told)}"]
    elif one.dates is not None and now is None and before.sure is not None:
        yield [Text(NEVER, strong=True), f", {_day(before.sure, told)} was told"]


def _of_due(one: Delivery, before: Told, told: BoardDelivery) -> Iterator[list[str | Inline]]:
    due = one.scope.due
    if due != before.due:
        now, then = (_day(each, told) if each else "not set" for each in (due, before.due))
        yield [f"due day {now}, was {then}"]


def _of_verdict(one: Delivery, before: Told, told: BoardDelivery) -> Iterator[list[str | Inline]]:
    now = verdict(one, told.today).value
    if now != before.verdict:
        yield ["now ", Text(now, strong=True), f", was {before.verdict}"]


def _of_work(moved: Moved, told: BoardDelivery) -> Iterator[list[str | Inline]]:
    for ids, size, what in (
        (moved.came, moved.came_size, "added"),
        (moved.went, moved.went_size, "taken out"),
    ):
        if ids:
            yield [f"{_much(ids, size, told)} {what} (", *_keys(ids, told), ")"]
    if moved.done:
        yield [f"{_much(moved.done, moved.done_size, told)} done"]
    if abs(moved.grown) >= 1:
        how = "added" if moved.grown > 0 else "took away"
        yield [f"re-estimates {how} {measured(rounded(abs(moved.grown)), told.unit)}"]


def _much(ids: Sequence[str], size: float, told: BoardDelivery) -> str:
    issues = counted(len(ids), "issue")
    return issues if told.unit == ISSUES else f"{issues} ({measured(rounded(size), told.unit)})"


def _keys(ids: Sequence[str], told: BoardDelivery) -> Iterator[str | Inline]:
    keys = [told.keys[one] for one in ids if one in told.keys]
    return naming.keys(keys, MOST_NAMED)


def _day(one: date | None, told: BoardDelivery) -> str:
    return day_of(one, told)


# --- what is in the way ---------------------------------------------------------------------------


def in_the_way(one: Part, told: BoardDelivery) -> Iterator[Block]:
    """By scope: what is blocked, and what nobody moves."""
    items = tuple(
        say(*named(each), ": ", *_risks(one, each, told), ".")
        for each in one.outlook.deliveries
        if one.risks_of(each)
    )
    if items:
        yield Heading(3, say(f"In the way of {NOUNS[one.kind]}s"))
        yield BulletList(items, shorten=SHORTEN)


def _risks(one: Part, each: Delivery, told: BoardDelivery) -> Iterator[str | Inline]:
    risks = one.risks_of(each)
    blocked = [(stopped.key, f" ({_why(stopped, told)})") for stopped in risks.blocked]
    stalled = [(aging.key, f" ({_still(aging)})") for aging in risks.stalled]
    yield from naming.named([*blocked, *stalled], MOST_RISKS)


def _why(one: Stopped, told: BoardDelivery) -> str:
    by = {
        BlockedBy.FLAG: "flagged",
        BlockedBy.LINK: f"waits for {one.block.what}",
        BlockedBy.STATUS: f"in {quote(one.block.what, 40)}",
    }
    return f"{by[one.block.by]} since {day(one.block.since, told.calendar)}"


def _still(one: Aging) -> str:
    return f"not moved for {counted(int(one.days_in_column), 'working day')}"
