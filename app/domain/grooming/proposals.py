"""Changes in Jira that findings propose; nothing is changed before somebody says yes."""

from app.domain.effects import AssignIssue, EditIssue, TransitionIssue
from app.domain.grooming.facts import Backlog, Item, Version
from app.domain.grooming.finding import Proposal


def without_version(item: Item, version: Version) -> Proposal:
    """Take a fix version away."""
    change = {"fixVersions": [{"remove": {"id": version.id}}]}
    return Proposal(f"Take fix version {version.name} away", EditIssue(item.key, {}, change))


def unassigned(item: Item, name: str) -> Proposal:
    """Take the assignee away."""
    return Proposal(f"Take it from {name}", AssignIssue(item.key, None))


def closed(backlog: Backlog, item: Item) -> Proposal | None:
    """Bring it into the board's last column; None where the columns do not say which that is."""
    columns = [column for column in backlog.board.columns if column.status_ids]
    if not columns:
        return None
    return Proposal(f"Move it to {columns[-1].name}", TransitionIssue(item.key, columns[-1].status_ids))
