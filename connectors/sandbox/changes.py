"""Everything that can be done to an issue. REST, agile and the simulated team all come through here.

So a changed issue always has a history with its author, a new `updated`, and a webhook.
"""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from .adf import to_wiki
from .catalogue import MEDIUM, RESOLVED, STATUSES, TO_DO
from .fields import KINDS
from .model import (
    Adf,
    Attachment,
    Comment,
    Happening,
    History,
    Issue,
    IssueType,
    Item,
    Link,
    LinkType,
    Named,
    Person,
    Transition,
)
from .site import Site


@dataclass(frozen=True, slots=True)
class Draft:
    """What an issue is created with; these values never show in its changelog."""

    type: IssueType
    summary: str
    description: Adf | None = None
    priority: Named = MEDIUM
    labels: tuple[str, ...] = ()
    assignee: Person | None = None
    reporter: Person | None = None
    parent: int | None = None
    due: date | None = None
    sprints: tuple[int, ...] = ()
    points: float | None = None
    flagged: bool = False


def create_issue(site: Site, draft: Draft, author: Person) -> Issue:
    now = site.clock.now()
    issue = Issue(
        id=next(site.next_issue),
        key=f"{site.project.key}-{next(site.next_key)}",
        status=TO_DO,
        creator=author,
        created=now,
        updated=now,
        rank=site.next_rank(),
        status_changed=now,
        **{name: getattr(draft, name) for name in Draft.__slots__ if name != "reporter"},
        reporter=draft.reporter or author,
    )
    site.issues[issue.id] = issue
    site.ids_by_key[issue.key] = issue.id
    _index_sprints(site, issue, (), issue.sprints)
    if issue.type.subtask and issue.parent is not None:
        site.issues[issue.parent].subtasks.append(issue.id)
    site.emit(Happening("jira:issue_created", now, author, issue, _creation(site, issue), "issue_created"))
    return issue


def _creation(site: Site, issue: Issue) -> History:
    """Cloud sends a changelog with a created issue that REST never shows again (captured 2020)."""
    texts = {
        "assignee": KINDS["assignee"].show(site, issue.assignee),
        "description": (None, to_wiki(issue.description) if issue.description else None),
        "priority": (issue.priority.id, issue.priority.name),
        "reporter": (issue.reporter.account_id, issue.reporter.name),
        "Status": (issue.status.id, issue.status.name),
        "summary": (None, issue.summary),
    }
    items = tuple(
        Item(field, "jira", field.lower(), None, None, *shown) for field, shown in texts.items() if shown[1]
    )
    return History(next(site.next_history), site.clock.now(), issue.creator, items)


def change_issue(
    site: Site,
    issue: Issue,
    author: Person,
    values: dict[str, Any],
    *,
    event_type: str = "issue_updated",
    secondary: bool = False,
) -> History | None:
    """Give fields new values; those that have them already are no change, and none at all is no event."""
    changed = {name: value for name, value in values.items() if getattr(issue, name) != value}
    if not changed:
        return None
    items = tuple(KINDS[name].item(site, issue, value) for name, value in changed.items())
    if "sprints" in changed:
        _index_sprints(site, issue, issue.sprints, changed["sprints"])
    if "status" in changed and changed["status"].category != issue.status.category:
        issue.status_changed = site.clock.now()
    if "resolution" in changed:
        issue.resolved = site.clock.now() if changed["resolution"] else None
    before = replace(issue)
    for name, value in changed.items():
        setattr(issue, name, value)
    return record(site, issue, author, items, event_type=event_type, secondary=secondary, before=before)


def record(
    site: Site,
    issue: Issue,
    author: Person,
    items: tuple[Item, ...],
    *,
    event_type: str = "issue_updated",
    event: str | None = "jira:issue_updated",
    secondary: bool = False,
    before: Issue | None = None,
) -> History:
    """Write a changelog entry, touch `updated`, and tell whoever listens."""
    now = site.clock.now()
    history = History(next(site.next_history), now, author, items)
    issue.histories.append(history)
    issue.updated = now
    if event:
        site.emit(
            Happening(event, now, author, issue, history, event_type, before=before, secondary=secondary)
        )
    return history


def _index_sprints(site: Site, issue: Issue, before: tuple[int, ...], after: tuple[int, ...]) -> None:
    for sprint_id in before:
        if sprint_id not in after:
            site.members[sprint_id].pop(issue.id, None)
    for sprint_id in after:
        site.members.setdefault(sprint_id, {})[issue.id] = None


def transition_issue(
    site: Site, issue: Issue, transition: Transition, author: Person, resolution: Named | None = None
) -> None:
    """Move along the workflow: its post-functions set a resolution at the end and clear it on reopening."""
    target = STATUSES[transition.target]
    resolved = (resolution or RESOLVED) if transition.asks_resolution else None
    change_issue(site, issue, author, {"resolution": resolved, "status": target}, event_type="issue_generic")


def delete_issue(site: Site, issue: Issue, author: Person) -> None:
    """Take the issue and its sub-tasks away; what belonged to it goes with secondary events.

    Issues under a deleted epic stay and have no parent any more.
    """
    for child in tuple(issue.subtasks):
        delete_issue(site, site.issues[child], author)
    now = site.clock.now()
    site.emit(Happening("jira:issue_deleted", now, author, issue))
    for comment in issue.comments:
        site.comments.pop(comment.id)
        site.emit(Happening("comment_deleted", now, author, issue, subject=comment, secondary=True))
    for link in issue.links:
        other = site.issues[link.destination if link.source == issue.id else link.source]
        other.links.remove(link)
        del site.links[link.id]
        site.emit(Happening("issuelink_deleted", now, subject=link, secondary=True))
    for attachment in issue.attachments:
        del site.attachments[attachment.id]
    if issue.type.subtask and issue.parent in site.issues:
        site.issues[issue.parent].subtasks.remove(issue.id)
    for orphan in site.issues.values():
        if orphan.parent == issue.id:
            orphan.parent = None
    _index_sprints(site, issue, issue.sprints, ())
    del site.issues[issue.id], site.ids_by_key[issue.key]


def add_comment(
    site: Site, issue: Issue, body: Adf, author: Person, properties: dict[str, Any] | None = None
) -> Comment:
    now = site.clock.now()
    comment = Comment(next(site.next_comment), author, body, now, now, author, properties or {})
    issue.comments.append(comment)
    site.comments[comment.id] = (issue, comment)
    _tell_comment(site, issue, comment, author, "comment_created", "issue_commented")
    return comment


def edit_comment(
    site: Site,
    issue: Issue,
    comment: Comment,
    author: Person,
    *,
    body: Adf,
    properties: dict[str, Any] | None = None,
) -> None:
    comment.body, comment.update_author, comment.updated = body, author, site.clock.now()
    comment.properties.update(properties or {})
    _tell_comment(site, issue, comment, author, "comment_updated", "issue_comment_edited")


def delete_comment(site: Site, issue: Issue, comment: Comment, author: Person) -> None:
    issue.comments.remove(comment)
    del site.comments[comment.id]
    _tell_comment(site, issue, comment, author, "comment_deleted", "issue_comment_deleted")


def _tell_comment(
    site: Site, issue: Issue, comment: Comment, author: Person, event: str, event_type: str
) -> None:
    """Cloud tells a comment twice since 2025: as itself, and as an issue update without a changelog."""
    now = issue.updated = site.clock.now()
    site.emit(Happening(event, now, author, issue, subject=comment))
    site.emit(Happening("jira:issue_updated", now, author, issue, None, event_type, subject=comment))


def add_attachment(
    site: Site, issue: Issue, author: Person, *, filename: str, mime_type: str, content: bytes
) -> Attachment:
    attachment = Attachment(
        next(site.next_attachment), issue.id, filename, mime_type, content, author, site.clock.now()
    )
    issue.attachments.append(attachment)
    site.attachments[attachment.id] = attachment
    site.emit(Happening("attachment_created", site.clock.now(), author, subject=attachment))
    item = Item("Attachment", "jira", "attachment", None, None, str(attachment.id), filename)
    record(site, issue, author, (item,))
    return attachment


def link_issues(site: Site, kind: LinkType, source: Issue, destination: Issue, author: Person) -> None:
    """Link two issues; the same link twice is silently fine. Histories on both sides, no issue_updated."""
    if any(
        (link.type, link.source, link.destination) == (kind, source.id, destination.id)
        for link in source.links
    ):
        return
    link = Link(next(site.next_link), kind, source.id, destination.id)
    site.links[link.id] = link
    for issue, other, words in ((source, destination, kind.outward), (destination, source, kind.inward)):
        issue.links.append(link)
        text = f"This issue {words} {other.key}"
        record(site, issue, author, (Item("Link", "jira", None, None, None, other.key, text),), event=None)
    site.emit(Happening("issuelink_created", site.clock.now(), subject=link))
