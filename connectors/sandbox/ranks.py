"""The order of the backlog. Jira's LexoRank is a string that can always be split; here a number stands in."""

from collections.abc import Sequence

from .changes import record
from .model import Issue, Item, Person
from .site import RANK_STEP, Site

DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
WIDTH = 12


def shown(rank: int) -> str:
    """The rank as Jira shows it: strings that sort as the ranks do."""
    text = ""
    for _ in range(WIDTH):
        rank, digit = divmod(rank, len(DIGITS))
        text = DIGITS[digit] + text
    return f"0|{text}:"


def rank_issues(
    site: Site, issues: Sequence[Issue], neighbour: Issue, author: Person, *, before: bool
) -> None:
    """Put issues, in the order given, right before or after a neighbour."""
    moving = {issue.id for issue in issues}
    others = sorted((i for i in site.issues.values() if i.id not in moving), key=lambda issue: issue.rank)
    place = others.index(neighbour) + (0 if before else 1)
    low = others[place - 1].rank if place else 0
    high = others[place].rank if place < len(others) else low + RANK_STEP * (len(issues) + 1)
    site.lowest_rank = max(site.lowest_rank, high)
    step = (high - low) // (len(issues) + 1)
    if not step:
        spread(site)
        rank_issues(site, issues, neighbour, author, before=before)
        return
    for number, issue in enumerate(issues, 1):
        _rank(site, issue, low + step * number, author)


def spread(site: Site, *, after: int = 0) -> None:
    """Give every issue room again, behind a rank; Jira does so in the background and tells nobody."""
    for number, issue in enumerate(sorted(site.issues.values(), key=lambda issue: issue.rank), 1):
        issue.rank = after + number * RANK_STEP
    site.lowest_rank = after + (len(site.issues) + 1) * RANK_STEP


def _rank(site: Site, issue: Issue, rank: int, author: Person) -> None:
    """A changelog tells only the direction, never the place."""
    text = "Ranked higher" if rank < issue.rank else "Ranked lower"
    issue.rank = rank
    record(site, issue, author, (Item("Rank", "custom", site.catalogue.role("rank"), "", "", "", text),))
