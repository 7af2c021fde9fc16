"""Changes in Jira that findings propose; nothing is changed before somebody says yes."""

from app.domain.effects import AssignIssue, EditIssue, LinkIssues, TransitionIssue
from app.domain.grooming.facts import Backlog, Version
from app.domain.grooming.finding import Proposal
from app.domain.grooming.item import Item


def without_version(item: Item, version: Version) -> Proposal:
    """Take a fix version away."""
    change = {"fixVersions": [{"remove": {"id": version.id}}]}
    return Proposal(f"Take fix version {version.name} away", (EditIssue(item.key, {}, change),))


def unassigned(item: Item, name: str) -> Proposal:
    """Take the assignee away."""
    return Proposal(f"Take it from {name}", (AssignIssue(item.key, None),))


def closed(backlog: Backlog, item: Item) -> Proposal | None:
    """Bring it into the board's last column; None where the columns do not say which that is."""
    columns = [column for column in backlog.board.columns if column.status_ids]
    if not columns:
        return None
    return Proposal(f"Move it to {columns[-1].name}", (TransitionIssue(item.key, columns[-1].status_ids),))


def duplicate(backlog: Backlog, item: Item, key: str, *, close: bool) -> Proposal | None:
    """Link it with what it duplicates, and close it if wanted; None where the site has no such link."""
    if backlog.duplicate_link is None:
        return None
    link = LinkIssues(item.key, backlog.duplicate_link, key)
    ending = closed(backlog, item) if close else None
    if ending is None:
        return Proposal(f"Link it as a duplicate of {key}", (link,))
    last = [column for column in backlog.board.columns if column.status_ids][-1]
    return Proposal(f"Link it as a duplicate of {key} and move it to {last.name}", (link, *ending.effects))


def estimated(backlog: Backlog, item: Item, estimate: float) -> Proposal | None:
    """Give it an estimate; None where the board counts issues."""
    field = backlog.board.estimation_field
    if field is None:
        return None
    value = int(estimate) if estimate == int(estimate) else estimate
    unit = backlog.board.estimation_name or "points"
    return Proposal(f"Set {unit} to {value}", (EditIssue(item.key, {field: value}, {}),))
