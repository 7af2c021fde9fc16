"""What a report on a backlog says: how it stands, what to do about it, what changed; then what is behind it.

A product manager reads the panel, what changed and the worst issues; all else is there to work it off.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import reduce
from itertools import islice
from operator import or_

from app.domain.grooming.catalogue import BY_NAME
from app.domain.grooming.checks import (
    missing_acceptance_criteria,
    missing_description,
    missing_estimate,
    planned_not_ready,
    top_not_ready,
)
from app.domain.grooming.groups import Group
from app.domain.grooming.health import (
    BacklogHealth,
    Condition,
    next_up,
)
from app.domain.grooming.readiness import what_is_missing
from app.domain.grooming.review import Judged, Troubled
from app.domain.reports.backlog_behind import all_checks, footer, left_alone, refused
from app.domain.reports.backlog_numbers import headline, numbers
from app.domain.reports.charts.backlog import of_backlog
from app.domain.reports.document import (
    Block,
    BulletList,
    Colour,
    Heading,
    Inline,
    Inlines,
    IssueLink,
    Panel,
    PanelKind,
    Paragraph,
    Report,
    SearchLink,
    Status,
    Table,
    Text,
    quote,
    say,
)
from app.domain.reports.incomplete import incomplete
from app.domain.reports.policies import policies_told
from app.domain.reports.restricted import not_counted
from app.domain.reports.words import counted, day

GROUPS, NEXT, WORST = 3, 2, 1
"""What gives way first when a report is too long: the highest; before that, what stands behind it."""
MOST_ADVICE, MOST_NAMED, MOST_REASONS, MOST_SEARCHED = 5, 5, 3, 40
MOST_WORST, MOST_NEXT, MOST_GROUPS, MOST_PROPOSALS, MOST_ALIKE = 20, 10, 10, 10, 4
FEWEST_OFTEN, OFTEN = 5, 0.25
"""Rows, and their part of all rows, from which a finding is told by its title where another one is worse."""

PANELS = {
    Condition.IN_SHAPE: (PanelKind.SUCCESS, Colour.GREEN),
    Condition.NEEDS_CARE: (PanelKind.WARNING, Colour.YELLOW),
    Condition.NOT_READY: (PanelKind.ERROR, Colour.RED),
}


def report(health: BacklogHealth) -> Report:
    """The whole report."""
    return Report(f"Backlog: {quote(health.backlog.board.name, 120)}", tuple(_blocks(health)))


def _blocks(health: BacklogHealth) -> Iterator[Block]:
    yield _panel(health)
    yield from incomplete(health.missing)
    yield from _changed(health)
    yield from of_backlog(health)
    yield from _worst(health)
    yield from _proposals(health)
    yield from policies_told(health.policies)
    yield from _next(health)
    yield from numbers(health)
    yield from _groups("By epic", health.by_epic)
    yield from _groups("By owner", health.by_owner)
    yield all_checks(health)
    yield from left_alone(health)
    yield from refused(health)
    if rest := not_counted(health.backlog.restricted):
        yield Paragraph(say(rest))
    yield Paragraph(say(footer(health)))


# --- what to do -----------------------------------------------------------------------------------


def _panel(health: BacklogHealth) -> Panel:
    kind, colour = PANELS[health.condition]
    sentence = Paragraph(
        say(Status(health.condition.value, colour), " ", Text(headline(health), strong=True))
    )
    advice = tuple(_advice(health))
    if not advice:
        return Panel(kind, (sentence, Paragraph(say("Nothing to mend."))))
    return Panel(kind, (sentence, BulletList(advice)))


def _advice(health: BacklogHealth) -> Iterator[Inlines]:
    """One line for each kind of finding, what weighs most first."""
    review = health.review
    weights = {
        each.check.name: (each.weight, each.weight * review.counts[each.check.name]) for each in review.wanted
    }
    names = sorted(weights, key=lambda name: weights[name], reverse=True)
    for name in names[:MOST_ADVICE]:
        count = review.counts[name]
        if not count:
            continue
        found = list(islice(review.found_by(name), min(MOST_SEARCHED, count)))
        title = Text(f"{BY_NAME[name].title} ({count}):", strong=True)
        keys = [one.item.key for one in found]
        told = (one.finding.todo for one in (found[0].judged if found else ()) if one.check.name == name)
        yield say(title, " ", *_keys(keys, count), ". ", next(told, ""))


def _keys(keys: Sequence[str], count: int) -> Iterator[Inline | str]:
    """The first ones, and how many more of all there are."""
    for place, key in enumerate(keys[:MOST_NAMED]):
        if place:
            yield ", "
        yield IssueLink(key)
    if count > MOST_NAMED:
        yield " and "
        yield SearchLink(f"{count - MOST_NAMED} more", _search(keys))


def _search(keys: Sequence[str]) -> str:
    """JQL for a list of issues; an address of a page has an end."""
    return f"key in ({', '.join(keys[:MOST_SEARCHED])})"


# --- what changed ---------------------------------------------------------------------------------


def _changed(health: BacklogHealth) -> Iterator[Block]:
    changes, earlier = health.changes, health.earlier
    if changes is None or earlier is None:
        return
    when = day(changes.since, health.backlog.calendar)
    items = []
    if changes.mended:
        titles = _titles(health, [one.check for one in changes.mended])
        items.append(say(Text(f"Better: {len(changes.mended)} mended", strong=True), f" ({titles})."))
    if changes.closed:
        issues = len({one.issue_id for one in changes.closed})
        items.append(
            say(f"{counted(len(changes.closed), 'finding')} went with {counted(issues, 'issue')} now closed.")
        )
    if changes.new:
        titles = _titles(health, [one.check for one in changes.new])
        keys = list(dict.fromkeys(one.key for one in changes.new))
        new = _keys(keys, len(keys))
        items.append(say(Text(f"Worse: {len(changes.new)} new", strong=True), f" ({titles}): ", *new, "."))
    if not items:
        yield Paragraph(say(Text(f"Nothing has changed since {when}.", strong=True)))
        return
    yield Paragraph(say(Text(f"Since the last report ({when}):", strong=True)))
    yield BulletList(tuple(items))


def _titles(health: BacklogHealth, names: Iterable[str]) -> str:
    titles = {wanted.check.name: wanted.check.title for wanted in health.review.wanted}
    common = Counter(titles.get(name, name) for name in names).most_common()
    told = ", ".join(f"{title} {count}" for title, count in common[:MOST_NAMED])
    return told + (f" and {len(common) - MOST_NAMED} other kinds" if len(common) > MOST_NAMED else "")


# --- issues ---------------------------------------------------------------------------------------


def _worst(health: BacklogHealth) -> Iterator[Block]:
    worst = health.review.worst
    if not worst:
        return
    yield Heading(3, say("Worst first"))
    shown = list(islice(health.review.troubled, MOST_SEARCHED))
    often = _often(shown[:MOST_WORST])
    rows = tuple(_row(one, health, often) for one in shown[:MOST_WORST])
    more = SearchLink("all of them", _search([one.item.key for one in shown]))
    yield Table(("Issue", "Summary", "What is wrong", "What to do", "Owner"), rows, shorten=WORST, more=more)
    yield from _after(worst, health)


def _after(worst: Sequence[str], health: BacklogHealth) -> Iterator[Block]:
    """Where to find what the table has no room for."""
    left = len(worst) - MOST_WORST
    if left <= 0:
        return
    rest = [health.backlog.by_id[one].key for one in worst[MOST_WORST : MOST_WORST + MOST_SEARCHED]]
    words = f"the next {MOST_SEARCHED}" if left > MOST_SEARCHED else f"the other {left}"
    begin = f"These are the {MOST_WORST} worst of {len(worst)}. Look at "
    yield Paragraph(say(begin, SearchLink(f"{words} in Jira", _search(rest)), "."))


def _often(shown: Sequence[Troubled]) -> frozenset[str]:
    """Checks that would say much the same in many rows, beside what is worst there."""
    beside = Counter(one.check.name for troubled in shown for one in _told(troubled)[1:])
    least = max(FEWEST_OFTEN, len(shown) * OFTEN)
    return frozenset(name for name, count in beside.items() if count >= least)


def _row(troubled: Troubled, health: BacklogHealth, often: Collection[str]) -> tuple[Inlines, ...]:
    item = troubled.item
    first, *beside = _told(troubled)
    sentences = [first, *(one for one in beside if one.check.name not in often)][:MOST_REASONS]
    reasons = " ".join(quote(one.finding.reason) for one in sentences)
    names = {one.check.name for one in sentences}
    if titles := dict.fromkeys(one.check.title for one in beside if one.check.name not in names):
        reasons += f" Also: {'; '.join(titles)}."
    owner = "" if item.assignee is None else quote(health.backlog.name_of(item.assignee), 40)
    return (
        (IssueLink(item.key),),
        say(quote(item.summary, 80)),
        say(reasons),
        say(first.finding.todo),
        say(owner),
    )


def _told(troubled: Troubled) -> list[Judged]:
    """What a finding of what is not ready lists already is not told again."""
    names = {one.check.name for one in troubled.judged}
    hidden = _LISTED if names & {top_not_ready.CHECK.name, planned_not_ready.CHECK.name} else set()
    return [one for one in troubled.judged if one.check.name not in hidden]


_LISTED = {
    missing_acceptance_criteria.CHECK.name,
    missing_description.CHECK.name,
    missing_estimate.CHECK.name,
}


def _proposals(health: BacklogHealth) -> Iterator[Block]:
    count, proposed = _proposed(health)
    if not proposed:
        return
    yield Heading(3, say("Burnish can do these"))
    rows = tuple(_proposal(one, health) for one in proposed)
    yield Table(("Issue", "Proposal", "Because", "To accept"), rows, shorten=NEXT)
    if count > len(proposed):
        yield Paragraph(say(f"And {count - len(proposed)} more. Nothing is changed before somebody accepts."))


def _proposed(health: BacklogHealth) -> tuple[int, list[Judged]]:
    """How many proposals there are, and those about the worst issues; no kind crowds out the others."""
    review, told = health.review, list[Judged]()
    marks, of_check = review.proposed, Counter[str]()
    bits = {each.check.name: 1 << place for place, each in enumerate(review.wanted)}
    wanted = reduce(or_, set(marks.values()), 0)
    for one in review.worst:
        if not wanted or len(told) >= MOST_PROPOSALS:
            break
        if not marks.get(one, 0) & wanted:
            continue
        for judged in review.troubles_of(one).judged:
            name = judged.check.name
            if judged.finding.proposal is not None and of_check[name] < MOST_ALIKE:
                of_check[name] += 1
                told.append(judged)
                if of_check[name] == MOST_ALIKE:
                    wanted &= ~bits[name]
    return sum(mark.bit_count() * count for mark, count in Counter(marks.values()).items()), told[
        :MOST_PROPOSALS
    ]


def _proposal(one: Judged, health: BacklogHealth) -> tuple[Inlines, ...]:
    proposal, key = one.finding.proposal, one.finding.item.key
    assert proposal is not None
    command = f"burnish grooming accept --board {health.backlog.board.id} {one.check.name} {key}"
    return (
        (IssueLink(key),),
        say(quote(proposal.words, 120)),
        say(quote(one.finding.reason)),
        say(command),
    )


def _next(health: BacklogHealth) -> Iterator[Block]:
    first = next_up(health.review, MOST_NEXT)
    if not first:
        return
    yield Heading(3, say("Next up"))
    rows = tuple(
        (
            (IssueLink(one.item.key),),
            say(quote(one.item.summary, 80)),
            (Status("ready", Colour.GREEN) if one.ready else Status("not ready", Colour.YELLOW),),
            say(str(one.score)),
            say("" if one.ready else f"Lacks {what_is_missing(one)}."),
        )
        for one in first
    )
    yield Table(("Issue", "Summary", "Ready?", "Score, per cent", "What is missing"), rows, shorten=NEXT)


def _groups(title: str, groups: Sequence[Group]) -> Iterator[Block]:
    troubled = [group for group in groups if group.found]
    if not troubled:
        return
    yield Heading(3, say(title))
    rows = tuple(_group_row(group) for group in troubled[:MOST_GROUPS])
    header = (title.removeprefix("By ").capitalize(), "Open, epics and sub-tasks too", "To mend", "Mostly")
    yield Table(header, rows, shorten=GROUPS)


def _group_row(group: Group) -> tuple[Inlines, ...]:
    name: tuple[Inline | str, ...] = (quote(group.name, 80),)
    if group.key is not None:
        name = (IssueLink(group.key), " ", *name)
    mostly = ", ".join(f"{title} {count}" for title, count in group.most)
    return say(*name), say(str(group.issues)), say(str(group.found)), say(mostly)
