"""Issues with their whole histories: read from Jira, made into rows, and saved with what goes with them."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from app.domain.scrum.changelogs import Changelogs
from app.domain.scrum.from_jira import IssueRecord, NotReadable, field_of, read_comment, read_issue
from app.domain.scrum.issue import Change
from app.store import former_keys, issue_news, issues
from app.store.comment_lists import Listed, bury_unlisted
from app.store.comments import save_comments
from app.store.sites import Site
from connectors.jira.client import JiraClient
from connectors.jira.documents import IssueDocument, SearchPage
from connectors.jira.keyset import Order
from jobs.context import Context, JiraSite
from jobs.sync.around import Around, all_around, save_around
from jobs.sync.pages import pages_of
from jobs.sync.reading import LOCAL

PAGE = 100
"""So many issues at most come at once with all their fields, and are saved in one transaction."""
WHOLE = ("*all",)
HISTORY = ("changelog",)

Histories = Mapping[str, Sequence[Mapping[str, Any]]]


@dataclass(slots=True)
class Page:
    """Issues as the store takes them.

    Attributes:
        whole: with all that ever changed, in `changes` by issue id.
        cut: those whose histories cannot be had whole. They are kept as incomplete: reports name them.
        comments: of all of them, as rows.
        comment_lists: by issue id, of those that showed all their comments.
        failures: by key, what could not be read, and why: it must not hold up the others.
        around: what else the documents carry.
    """

    whole: list[IssueRecord] = field(default_factory=list)
    cut: list[IssueRecord] = field(default_factory=list)
    changes: dict[str, Sequence[Change]] = field(default_factory=dict)
    comments: list[dict[str, Any]] = field(default_factory=list)
    comment_lists: dict[str, Listed] = field(default_factory=dict)
    failures: dict[str, Exception] = field(default_factory=dict)
    around: Around = field(default_factory=Around)

    @property
    def records(self) -> list[IssueRecord]:
        """All that can be read."""
        return [*self.whole, *self.cut]

    def latest(self, which: Callable[[IssueRecord], datetime]) -> datetime | None:
        """The last of an instant of the issues; None where there are none."""
        return max(map(which, self.records), default=None)


def whole_pages(jira: JiraClient, jql: str, order: Order) -> AsyncIterator[SearchPage]:
    """All issues that a search finds, as `keep` takes them, page by page."""
    return pages_of(jira, jql, order=order, fields=WHOLE, expand=HISTORY, at_most=PAGE, unread=True)


async def keep(
    context: Context,
    jira_site: JiraSite,
    site: Site,
    documents: Sequence[IssueDocument],
    *,
    also: Callable[[Connection, Page], None],
    first: Callable[[Connection, Page], None] | None = None,
) -> Page:
    """Save issues with their whole histories, in one transaction.

    Args:
        context: where to.
        jira_site: whose; asked for what the documents leave out of the histories.
        site: its row.
        documents: with all fields and the changelog, read or unread.
        also: what else is written in the same transaction.
        first: what is looked at in it while the store is still as it was.
    """
    page = await read_page(jira_site, site, documents, context.database.writer_first.give_way)

    def save(connection: Connection) -> None:
        if first is not None:
            first(connection, page)
        save_page(connection, site, page)
        also(connection, page)

    await context.database.call_write(save)
    return page


async def read_page(
    jira_site: JiraSite,
    site: Site,
    documents: Sequence[IssueDocument],
    give_way: Callable[[], None] = lambda: None,
) -> Page:
    """Issues with their whole histories; Jira is asked for what the documents leave out.

    Args:
        jira_site: as of `keep`, like the next two.
        site: its row.
        documents: read or unread.
        give_way: called before each, in another thread.
    """
    histories, cut = await _histories(jira_site.jira, documents)
    documents = [await _complete(jira_site.jira, document) for document in documents]
    # Neither the event loop nor the store's one writer waits while documents are taken apart.
    page = await asyncio.to_thread(page_of, documents, histories, site, give_way)
    page.failures |= cut
    return page


async def _complete(jira: JiraClient, document: IssueDocument) -> IssueDocument:
    """The issue with all its comments and worklogs, read; documents show only some where there are many.

    Where the own list is refused, it stays with what it shows: it is known not to be the whole.
    """
    own: dict[str, Callable[[str], AsyncIterator[Any]]] = {"comment": jira.comments, "worklog": jira.worklogs}
    fields = dict(document.get("fields") or {})
    for name, read in own.items():
        shown, items = field_of(fields, name) or {}, f"{name}s"
        fields[name] = shown
        if (shown.get("total") or 0) <= len(shown.get(items) or ()):
            continue
        try:
            listed = [one async for one in read(document["id"])]
        except LOCAL:
            continue
        fields[name] = {**shown, items: listed, "total": len(listed)}
    return {**document, "fields": fields}


async def _histories(
    jira: JiraClient, documents: Sequence[IssueDocument]
) -> tuple[Histories, dict[str, Exception]]:
    """The whole histories of a page, by issue id; by key, those that cannot be had whole."""
    try:
        return await jira.histories(documents), {}
    except LOCAL:
        pass  # one of them; find out which
    whole: dict[str, Sequence[Mapping[str, Any]]] = {}
    cut: dict[str, Exception] = {}
    for document in documents:
        try:
            whole |= await jira.histories([document])
        except LOCAL as error:
            cut[document["key"]] = error
    return whole, cut


def page_of(
    documents: Sequence[IssueDocument],
    histories: Histories,
    site: Site,
    give_way: Callable[[], None] = lambda: None,
) -> Page:
    """Documents and histories, by issue id, as rows; `give_way` is called before each."""
    page, changelogs = Page(), Changelogs(site.fields)
    page.around.people = changelogs.people
    for document in documents:
        give_way()
        try:
            record = read_whole(document, site)
            history = histories.get(record.id)
            if history is None:
                page.cut.append(record)
                continue
            changes = changelogs.read(history)
            shown = (document.get("fields") or {}).get("comment") or {}
            listed = [read_comment(comment, record.id) for comment in shown.get("comments") or ()]
            page.around.add(document, record, changelogs.meet)
        except NotReadable as error:
            page.failures[str(document.get("key") or document.get("id"))] = error
            continue
        page.whole.append(record)
        page.changes[record.id] = changes
        page.comments += listed
        if shown.get("total") == len(listed):
            page.comment_lists[record.id] = Listed({comment["id"] for comment in listed}, record.updated)
    return page


def in_one(pages: Sequence[Page]) -> Page:
    """What several pages hold; of people, the words of the newest."""
    whole = Page()
    for page in pages:
        whole.whole += page.whole
        whole.cut += page.cut
        for issue_id, history in page.changes.items():
            whole.changes[issue_id] = _joined(whole.changes.get(issue_id), history)
        whole.comments += page.comments
        for issue_id, listed in page.comment_lists.items():
            known = whole.comment_lists.get(issue_id)
            whole.comment_lists[issue_id] = listed if known is None or known.at < listed.at else known
        whole.failures |= page.failures
    whole.around = all_around([page.around for page in pages])
    return whole


def _joined(one: Sequence[Change] | None, other: Sequence[Change]) -> Sequence[Change]:
    """Both pictures of a history: an issue that moves meanwhile stands on two pages."""
    if one is None:
        return other
    return [*{(each.history_id, each.position, each.field): each for each in (*one, *other)}.values()]


def save_page(connection: Connection, site: Site, page: Page) -> None:
    """Keep all of it; an older picture of an issue never replaces a newer one."""
    former_keys.lock(connection, site, page.changes.values())
    moved = issues.save_issues(connection, site, page.whole, history_complete=True)
    moved |= issues.save_issues(connection, site, page.cut, history_complete=False)
    issues.mark_incomplete(connection, site, [record.id for record in page.cut])
    issues.save_changes(connection, site, page.changes, final=True)
    save_comments(connection, site, page.comments)
    bury_unlisted(connection, site, page.comment_lists)
    save_around(connection, site, page.around)
    issue_news.note(connection, site, {record.id for record in page.records} - moved)


def read_whole(document: IssueDocument, site: Site) -> IssueRecord:
    """An issue that was asked for by itself.

    Raises:
        NotReadable: it lacks what makes it one.
    """
    record = read_issue(document, site.fields)
    if record is None:
        message = "status, created or updated is missing; the account may not see these fields"
        raise NotReadable(message)
    return record
