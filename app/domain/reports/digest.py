"""What a backlog asks of one person: the issues that are theirs, worst first, and what to do about each."""

from collections import Counter
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
from app.domain.reports.restricted import and_hidden, how_many
from app.domain.reports.words import counted, minute

MOST_ISSUES, MOST_REASONS, MOST_NAMED, MOST_CALLED = 30, 4, 5, 30
_SHORTEN = 1


def owners(health: BacklogHealth) -> dict[str, list[str]]:
    """By account id the ids of what each has to mend, the worst first; whoever has most of all comes first.

    Of restricted ones `restricted` tells the number; who has no others has none here.
    """
    review, found = health.review, dict[str, list[str]]()
    for one in review.worst:
        owner = health.backlog.owner_of(one)
        if owner is not None:
            found.setdefault(owner, []).append(one)
    for account in restricted(health):
        found.setdefault(account, [])
    weights = {
        account: sum(review.weight_of[review.marks[one]] for one in every) for account, every in found.items()
    }
    return dict(sorted(found.items(), key=lambda each: (-weights[each[0]], each[0])))


def restricted(health: BacklogHealth) -> Counter[str]:
    """By account id how many restricted issues have something to mend."""
    owned = map(health.backlog.owner_of, health.review.hidden)
    return Counter(account for account in owned if account is not None)


def digest(health: BacklogHealth, account: str) -> Report:
    """What is for one person."""
    name = health.backlog.name_of(account)
    board = quote(health.backlog.board.name, 120)
    return Report(f"{quote(name, 60)} in the backlog of {board}", tuple(_blocks(health, account)))


def _blocks(health: BacklogHealth, account: str) -> Iterator[Block]:
    every, hidden = owners(health).get(account, []), restricted(health)[account]
    at = minute(health.backlog.now, health.backlog.calendar)
    if not every and not hidden:
        yield Paragraph(say(Text("Nothing to mend.", strong=True), f" As of {at}."))
        return
    count = len(every) + hidden
    told = f"{counted(count, 'issue')} of yours need{'s' if count == 1 else ''} something."
    yield Paragraph((Text(told, strong=True),))
    if hidden:
        yield Paragraph(say(f"Among them: {how_many(hidden)}."))
    rows = tuple(_row(health.review.troubles_of(one)) for one in every[:MOST_ISSUES])
    if rows:
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
    return {**_head(health), **_person(health, account, owners(health).get(account, []), restricted(health))}


def digests_as_json(health: BacklogHealth) -> Json:
    """Of everybody who has anything to mend."""
    every = owners(health).items()
    hidden = restricted(health)
    people = [_person(health, account, issues, hidden) for account, issues in every]
    return {**_head(health), "people": people}


def digests(health: BacklogHealth) -> Report:
    """Everybody who has anything to mend, with how much."""
    hidden = restricted(health)
    rows = tuple(
        (
            say(quote(health.backlog.name_of(account), 60)),
            say(account),
            say(str(len(every) + hidden[account])),
            _keys(health, every, hidden[account]),
        )
        for account, every in owners(health).items()
    )
    board = quote(health.backlog.board.name, 120)
    if not rows:
        return Report(f"People: {board}", (Paragraph(say("Nobody has anything to mend.")),))
    meaning = "Who has which open issues with something to mend, the worst first; a report on one says what."
    table = Table(("Person", "Account", "Issues to mend", "The worst"), rows)
    return Report(f"People: {board}", (Paragraph(say(meaning)), table))


def call(health: BacklogHealth) -> Report | None:
    """One comment that mentions everybody with the worst of what is theirs; None where nobody has any."""
    people, hidden = list(owners(health).items()), restricted(health)
    if not people:
        return None
    items = tuple(
        (
            Mention(account, quote(health.backlog.name_of(account), 60)),
            *say(f" {counted(len(every) + hidden[account], 'issue')}: "),
            *_keys(health, every, hidden[account]),
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
    hidden = restricted(health)
    return [
        {
            "account": account,
            "name": health.backlog.name_of(account),
            "issues": [health.backlog.by_id[one].key for one in every[:MOST_NAMED]],
            "count": len(every) + hidden[account],
        }
        for account, every in list(owners(health).items())[:MOST_CALLED]
    ]


def _keys(health: BacklogHealth, every: list[str], hidden: int) -> Inlines:
    first = (health.backlog.by_id[one].key for one in every[:MOST_NAMED])
    told = naming.keys(first, MOST_NAMED, of=len(every))
    return say(*told, and_hidden(hidden, after=bool(every)))


def _head(health: BacklogHealth) -> Json:
    board = health.backlog.board
    return {"board": {"id": board.id, "name": board.name}, "at": instant(health.backlog.now)}


def _person(health: BacklogHealth, account: str, every: list[str], hidden: Counter[str]) -> Json:
    return {
        "account": account,
        "name": health.backlog.name_of(account),
        "restricted_issues": hidden[account],
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
