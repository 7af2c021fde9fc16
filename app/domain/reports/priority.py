"""What a report on priority says: the proposed order beside today's, and what explains the difference."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b

from app.domain.grooming.facts import Backlog
from app.domain.grooming.moves import Move, moves
from app.domain.grooming.priority import Inversion, Ranking, Scored, ScoringVersion
from app.domain.reports.document import (
    Block,
    BulletList,
    Heading,
    Inlines,
    IssueLink,
    Panel,
    PanelKind,
    Paragraph,
    Report,
    Table,
    Text,
    quote,
    say,
)
from app.domain.reports.json_values import Json, instant
from app.domain.reports.restricted import not_counted
from app.domain.reports.words import counted, minute
from app.domain.scrum.wording import written

SHORTEN = 1
MOST_INVERSIONS, MOST_MISSING = 10, 20


@dataclass(frozen=True)
class BacklogPriority:
    """A backlog with its order by scores.

    Attributes:
        version: of the scoring; None where nobody kept it: what a command line says that runs alone.
        is_present: whether the settings say this one now.
    """

    backlog: Backlog
    ranking: Ranking
    version: ScoringVersion | None = None
    is_present: bool = True

    @property
    def moves(self) -> tuple[Move, ...]:
        """The fewest that bring today's order into the proposed one."""
        scored = self.ranking.scored
        today = [one.item.key for one in sorted(scored, key=lambda one: one.today)]
        return moves(today, [one.item.key for one in scored])

    @property
    def proposal(self) -> str:
        """Tells these moves from those of another day, in a few letters: who says yes has seen just these."""
        told = repr([(one.keys, one.before, one.after) for one in self.moves])
        return blake2b(told.encode(), digest_size=5).hexdigest()


def report(told: BacklogPriority) -> Report:
    """The whole report."""
    return Report(f"Priority: {quote(told.backlog.board.name, 120)}", tuple(_blocks(told)))


def _blocks(told: BacklogPriority) -> Iterator[Block]:
    ranking = told.ranking
    moved = [one for one in ranking.scored if one.moves]
    without = [one for one in told.ranking.scored if one.value is None]
    formula = Paragraph(say(f"By {ranking.formula.text}.{_version(told)}"))
    kind, sentence = _headline(told, len(moved))
    yield Panel(kind, (Paragraph((Text(sentence, strong=True),)), formula))
    if told.ranking.inversions:
        yield Heading(3, say("What stands too high"))
        yield BulletList(tuple(_too_high(told.ranking.inversions))[:MOST_INVERSIONS], shorten=SHORTEN)
    if without != list(told.ranking.scored):
        yield Heading(3, say("By score"))
        rows = tuple(_row(one) for one in told.ranking.scored)
        yield Table(
            ("Issue", "Summary", "Place", "Today", "Moves", "Score", "Because"), rows, shorten=SHORTEN
        )
    if without:
        yield Heading(3, say("Without a score"))
        items = tuple(
            say(IssueLink(one.item.key), f" lacks {', '.join(one.missing) or 'a value that makes a number'}.")
            for one in without[:MOST_MISSING]
        )
        yield BulletList(items, shorten=SHORTEN)
    if moved and told.is_present:
        yield from _to_accept(told)
    if rest := not_counted(told.backlog.restricted):
        yield Paragraph(say(rest))
    at = minute(told.backlog.now, told.backlog.calendar)
    yield Paragraph(say(f"As of {at}. What has no score keeps its place. Nothing was moved."))


def _headline(told: BacklogPriority, moved: int) -> tuple[PanelKind, str]:
    every = told.ranking.scored
    if moved:
        return PanelKind.WARNING, f"{counted(moved, 'issue')} of {len(every)} would move."
    if every and all(one.value is None for one in every):
        return PanelKind.WARNING, f"No issue has a score: {_lacked_by_all(every)}."
    return PanelKind.SUCCESS, "The backlog stands as its scores say."


def _lacked_by_all(scored: Sequence[Scored]) -> str:
    """Why none has a score; a field that is in none is most likely not in Jira, which the doctor knows."""
    words = [name for name in scored[0].missing if all(name in one.missing for one in scored)]
    if not words:
        return "each lacks something that the formula asks for"
    return f"{', '.join(words)} {'is' if len(words) == 1 else 'are'} in none of them (see `burnish doctor`)"


def _version(told: BacklogPriority) -> str:
    if told.version is None:
        return ""
    since = f"since {written(told.backlog.calendar.day_of(told.version.since))}"
    by = f" by {quote(told.version.made_by, 80)}" if told.version.made_by else ""
    present = "" if told.is_present else "; the settings say another one now"
    return f" Version {told.version.number} of this board's scoring, {since}{by}{present}."


def _to_accept(told: BacklogPriority) -> Iterator[Block]:
    touched = sum(len(one.keys) for one in told.moves)
    rest = len(told.ranking.scored) - touched
    command = f"burnish grooming rank --board {told.backlog.board.id} {told.proposal}"
    yield Heading(3, say("To rank it so"))
    yield Paragraph(
        say(
            f"Ranking {counted(touched, 'issue')} is enough; {rest} stay where they are. "
            f"Nothing is moved before somebody says so: {command}"
        )
    )


def _too_high(inversions: Sequence[Inversion]) -> Iterator[Inlines]:
    """Each issue that stands too low once, with the one above it that scores least; others are counted."""
    waiting: dict[str, list[Inversion]] = {}
    for one in inversions:
        waiting.setdefault(one.below.item.key, []).append(one)
    for first, *others in waiting.values():
        yield _inverted(first, len(others))


def _inverted(one: Inversion, others: int) -> Inlines:
    above, below = one.above, one.below
    are = "is" if others == 1 else "are"
    more = f" {counted(others, 'more issue')} {are} above it, too." if others else ""
    return say(
        IssueLink(above.item.key),
        f" ({_number(above.value)}) is number {above.today}, above ",
        IssueLink(below.item.key),
        f" ({_number(below.value)}), which is number {below.today}: {_why(above, below)}.{more}",
    )


def _why(above: Scored, below: Scored) -> str:
    """The parts in which the lower one is different."""
    parts = [
        f"{name} {_number(above.parts[name])} against {_number(below.parts[name])}"
        for name in above.parts
        if name in below.parts and above.parts[name] != below.parts[name]
    ]
    return ", ".join(parts) or "the formula decides"


def _row(one: Scored) -> tuple[Inlines, ...]:
    parts = [f"{name} {_number(value)}" for name, value in one.parts.items()]
    because = ", ".join([*parts, *(f"no {name}" for name in one.missing)])
    return (
        (IssueLink(one.item.key),),
        say(quote(one.item.summary, 80)),
        say(str(one.proposed)),
        say(str(one.today)),
        say(f"{one.moves:+d}" if one.moves else "0"),
        say("none" if one.value is None else _number(one.value)),
        say(because),
    )


def _number(value: float | None) -> str:
    return "none" if value is None else f"{value:.4g}"


def to_json(told: BacklogPriority) -> Json:
    """For machines."""
    ranking = told.ranking
    return {
        "board": {"id": told.backlog.board.id, "name": told.backlog.board.name},
        "at": instant(told.backlog.now),
        "formula": ranking.formula.text,
        "scoring": told.version
        and {
            "version": told.version.number,
            "since": instant(told.version.since),
            "made_by": told.version.made_by,
            "is_present": told.is_present,
        },
        "proposal": told.proposal,
        "moves": [_move(one) for one in told.moves],
        "restricted_issues": told.backlog.restricted,
        "issues": [
            {
                "key": one.item.key,
                "summary": one.item.summary,
                "score": one.value,
                "parts": dict(one.parts),
                "missing": list(one.missing),
                "today": one.today,
                "proposed": one.proposed,
            }
            for one in told.ranking.scored
        ],
        "inversions": [
            {"above": one.above.item.key, "below": one.below.item.key, "why": _why(one.above, one.below)}
            for one in told.ranking.inversions
        ],
    }


def _move(one: Move) -> Json:
    return {"keys": list(one.keys), "before": one.before, "after": one.after}
