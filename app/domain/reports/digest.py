"""What a backlog asks of one person: the issues that are theirs, worst first, and what to do about each."""

from collections.abc import Iterator

from app.domain.grooming.health import BacklogHealth
from app.domain.grooming.review import Troubled
from app.domain.reports import naming
from app.domain.reports.document import (
    Block,
    BulletList,
    Heading,
    Inlines,
    IssueLink,
    Mention,
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

MOST_ISSUES, MOST_REASONS, MOST_NAMED, MOST_CALLED = 30, 4, 5, 30
_SHORTEN = 1


def owners(health: BacklogHealth) -> dict[str, list[str]]:
    """By account id the ids of what each has to mend, the worst first; who has most of all comes first."""
    review, found = health.review, dict[str, list[str]]()
    for one in review.worst:
        owner = health.backlog.owner_of(one)
        if owner is not None:
            found.setdefault(owner, []).append(one)
    weights = {
        account: sum(review.weight_of[review.marks[one]] for one in every) for account, every in found.items()
    }
    return dict(sorted(found.items(), key=lambda each: (-weights[each[0]], each[0])))


def digest(health: BacklogHealth, account: str) -> Report:
    """What is for one person."""
    name = health.backlog.name_of(account)
    board = quote(health.backlog.board.name, 120)
    return Report(f"{quote(name, 60)} in the backlog of {board}", tuple(_blocks(health, account)))


def _blocks(health: BacklogHealth, account: str) -> Iterator[Block]:
    every = owners(health).get(account, [])
    at = minute(health.backlog.now, health.backlog.calendar)
    if not every:
        yield Paragraph(say(Text("Nothing to mend.", strong=True), f" As of {at}."))
        return
    told = f"{counted(len(every), 'issue')} of yours need{'s' if len(every) == 1 else ''} something."
    yield Paragraph((Text(told, strong=True),))
    rows = tuple(_row(health.review.troubles_of(one)) for one in every[:MOST_ISSUES])
    yield Table(("Issue", "Summary", "What is wrong", "What to do"), rows, shorten=_SHORTEN)
    if len(every) > MOST_ISSUES:
        yield Paragraph(say(f"And {len(every) - MOST_ISSUES} less bad."))
    way_out = "/keep in a comment, on a line of its own, leaves an issue alone; /snooze 30d for so long."
    yield Paragraph(say(f"As of {at}. {way_out}"))


def _row(one: Troubled) -> tuple[Inlines, ...]:
    reasons = " ".join(quote(each.finding.reason) for each in one.judged[:MOST_REASONS])
    if len(one.judged) > MOST_REASONS:
        reasons += f" And {len(one.judged) - MOST_REASONS} more."
    todo = one.judged[0].finding.todo
    return ((IssueLink(one.item.key),), say(quote(one.item.summary, 80)), say(reasons), say(todo))


def digest_as_json(health: BacklogHealth, account: str) -> Json:
    """The same for machines."""
    return {**_head(health), **_person(health, account, owners(health).get(account, []))}


def digests_as_json(health: BacklogHealth) -> Json:
    """Of everybody who has anything to mend."""
    people = [_person(health, account, issues) for account, issues in owners(health).items()]
    return {**_head(health), "people": people}


def digests(health: BacklogHealth) -> Report:
    """Everybody who has anything to mend, with how much."""
    rows = tuple(
        (
            say(quote(health.backlog.name_of(account), 60)),
            say(account),
            say(str(len(every))),
            _keys(health, every),
        )
        for account, every in owners(health).items()
    )
    board = quote(health.backlog.board.name, 120)
    rest = not_counted(health.backlog.restricted)
    left = (Paragraph(say(rest)),) if rest else ()
    if not rows:
        return Report(f"People: {board}", (Paragraph(say("Nobody has anything to mend.")), *left))
    meaning = "Who has which open issues with something to mend, the worst first; a report on one says what."
    table = Table(("Person", "Account", "Issues to mend", "The worst"), rows)
    return Report(f"People: {board}", (Paragraph(say(meaning)), table, *left))


def call(health: BacklogHealth) -> Report | None:
    """One comment that mentions everybody with the worst of what is theirs; None where nobody has any."""
    people = list(owners(health).items())
    if not people:
        return None
    items = tuple(
        (
            Mention(account, quote(health.backlog.name_of(account), 60)),
            *say(f" {counted(len(every), 'issue')}: "),
            *_keys(health, every),
        )
        for account, every in people[:MOST_CALLED]
    )
    board = quote(health.backlog.board.name, 120)
    way_out = (
        "The report on this issue tells what is wrong. /keep in a comment of an issue, on a line of its own, "
        "leaves it alone; /snooze 30d for so long."
    )
    title = f"Yours to mend in the backlog of {board}"
    blocks: list[Block] = [Heading(3, say(title)), BulletList(items), Paragraph(say(way_out))]
    return Report(title, tuple(blocks))


def called(health: BacklogHealth) -> list[Json]:
    """Who is called with which issues, for machines."""
    return [
        {
            "account": account,
            "name": health.backlog.name_of(account),
            "issues": [health.backlog.by_id[one].key for one in every[:MOST_NAMED]],
            "count": len(every),
        }
        for account, every in list(owners(health).items())[:MOST_CALLED]
    ]


def _keys(health: BacklogHealth, every: list[str]) -> Inlines:
    first = (health.backlog.by_id[one].key for one in every[:MOST_NAMED])
    return say(*naming.keys(first, MOST_NAMED, of=len(every)))


def _head(health: BacklogHealth) -> Json:
    backlog = health.backlog
    return {
        "board": {"id": backlog.board.id, "name": backlog.board.name},
        "at": instant(backlog.now),
        "restricted_issues": backlog.restricted,
    }


def _person(health: BacklogHealth, account: str, every: list[str]) -> Json:
    return {
        "account": account,
        "name": health.backlog.name_of(account),
        "issues": [
            {
                "key": one.item.key,
                "summary": one.item.summary,
                "findings": [
                    {
                        "check": each.check.name,
                        "reason": each.finding.reason,
                        "todo": each.finding.todo,
                        "proposal": None if each.finding.proposal is None else each.finding.proposal.words,
                    }
                    for each in one.judged
                ],
            }
            for one in map(health.review.troubles_of, every)
        ],
    }
