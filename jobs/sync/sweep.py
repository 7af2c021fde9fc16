"""One project, compared with Jira and mended; see `jobs.sync.reconcile`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection

from app import log
from app.domain.scrum.issue import Gone
from app.store import presence, ranks, sites, sweeps, things
from app.store.sites import Project, Site
from app.store.sweeps import Difference, Drift, Held
from connectors.errors import Missing, NotAllowed
from connectors.jira.client import JiraClient
from connectors.jira.documents import IssueDocument, ProjectDocument
from connectors.jira.keyset import Order
from jobs.context import Context, JiraSite
from jobs.sync import absent, differences, orphans, renamed, unannounced
from jobs.sync.absent import Answer, Around
from jobs.sync.issues import HISTORY, PAGE, WHOLE, Page, keep
from jobs.sync.pages import in_parts, issues_of, pages_of
from jobs.sync.reading import LOCAL
from jobs.sync.site import verify

LISTED_AT_ONCE = 1000
"""Jira gives fewer where it likes: Data Center up to this, Cloud often 100 where fields are wanted."""

_GONE = {
    Drift.DELETED: Gone.DELETED,
    Drift.HIDDEN: Gone.HIDDEN,
    Drift.ARCHIVED: Gone.ARCHIVED,
    Drift.MOVED_OUT: Gone.MOVED_OUT,
}
_TOLD_BY_WEBHOOKS = {Drift.DELETED, Drift.MOVED, Drift.MOVED_OUT, Drift.UNKNOWN, Drift.STALE}

_log = log.get(__name__)


@dataclass(slots=True)
class Swept:
    """What became of a project.

    Attributes:
        listed: issues that Jira lists.
        counted: how many it counts; None where it does not say.
        stored: how many are here, in the end.
        found: how many differed, by kind.
        due: keys of issues whose change a webhook should have told.
        failure: why it could not be swept whole.
    """

    project: Project
    sweep_id: int
    listed: int = 0
    counted: int | None = None
    stored: int = 0
    found: dict[str, int] = field(default_factory=dict)
    due: list[str] = field(default_factory=list)
    failure: str | None = None

    def note(self, found: Sequence[Difference]) -> None:
        """Some that differed."""
        for one in found:
            self.found[one.kind.value] = self.found.get(one.kind.value, 0) + 1
            if one.kind in _TOLD_BY_WEBHOOKS:
                self.due.append(one.issue_key)

    @property
    def facts(self) -> dict[str, Any]:
        """For whoever watches."""
        facts = {"project": self.project.key, "listed": self.listed, "stored": self.stored, **self.found}
        return facts if self.failure is None else {**facts, "failure": self.failure}


@dataclass(slots=True)
class Sweep:
    """One project being swept.

    Attributes:
        at: when the reconcile began, by Jira's clock: since then is gone what is found gone.
    """

    context: Context
    jira_site: JiraSite
    site: Site
    swept: Swept
    at: datetime

    @property
    def project(self) -> Project:
        """The project as the store knew it."""
        return self.swept.project

    @property
    def jira(self) -> JiraClient:
        """The way to the site."""
        return self.jira_site.jira

    @property
    def _rank_field(self) -> tuple[str, ...]:
        return () if self.site.fields.rank is None else (self.site.fields.rank,)

    async def whole(self, document: ProjectDocument | None) -> Swept:
        """List, compare, mend.

        Args:
            document: the project as Jira lists it; None where it does not.
        """
        try:
            around = await self._around(document)
            if document is None:
                await self._ask_for_absent(around, set(), since=None, until=None)
            else:
                await self._merge(around, document["key"])
                self.swept.counted = await self.jira.count(issues_of(document["key"]))
        except LOCAL as error:
            self._fail(error)
        return self.swept

    def _fail(self, error: Exception) -> None:
        self.swept.failure = str(error)
        _log.error("reconcile.not_read", project=self.project.key, reason=str(error))

    async def _around(self, document: ProjectDocument | None) -> Around:
        """What is to be known before a missing issue can be judged."""
        fate = await self.context.database.call_read(
            lambda tx: sites.fate_of(tx, self.site.id, self.project.id)
        )
        around = partial(Around, self.project.id, self.jira_site.wants)
        if document is not None:
            has = await self.jira.permissions(["BROWSE_PROJECTS"], document["key"])
            return around(browsable=has["BROWSE_PROJECTS"])
        try:
            unlisted = await self.jira.project(self.project.id)
        except (Missing, NotAllowed):
            return around(browsable=False, deleted=fate.deleted_at is not None)
        archived = bool(unlisted.get("archived")) or fate.archived
        if archived and not fate.archived:
            keep = partial(sites.save_project, site_id=self.site.id, document=unlisted, archived=True)
            await self.context.database.call_write(partial(keep, heard_at=self.at))
        return around(archived=archived)

    # --- listing and merging ----------------------------------------------------------------------

    async def _merge(self, around: Around, key: str) -> None:
        """Page by page. Both sides are looked at up to the instant of creation that a page ends with."""
        since: datetime | None = None
        at_its_end: set[str] = set()
        async for listing in pages_of(
            self.jira,
            issues_of(key),
            order=Order.CREATED,
            fields=("created", "updated", *self._rank_field),
            at_most=LISTED_AT_ONCE,
        ):
            page, is_last = listing.issues, listing.next_page_token is None
            created = {str(one["id"]): differences.created_of(one) for one in page}
            self.swept.listed += len(created.keys() - at_its_end)
            await self._compare(page)
            listed = at_its_end | created.keys()
            until = max(created.values(), default=since) if since is None else max([since, *created.values()])
            if is_last:
                await self._ask_for_absent(around, listed, since=since, until=None)
            elif until is not None:
                await self._ask_for_absent(around, listed, since=since, until=until)
            # Others of the same instant may come with the next page.
            last = {issue_id for issue_id, instant_ in created.items() if instant_ == until}
            at_its_end = last | at_its_end if until == since else last
            since = until

    # --- what Jira lists --------------------------------------------------------------------------

    async def _compare(self, page: Sequence[IssueDocument]) -> None:
        """Read whole what the store lacks, holds for gone, or has older."""
        ids = [str(document["id"]) for document in page]
        held = await self.context.database.call_read(lambda tx: sweeps.held_among(tx, self.site, ids))
        found: dict[str, Difference | None] = {}
        for document in page:
            known = held.get(str(document["id"]))
            if known is None or differences.differs(known, document):
                found[str(document["id"])] = self._told_late(known, document)
        moved = differences.ranked_anew(held, page, found.keys(), rank=self.site.fields.rank)
        if moved:
            await self.context.database.call_write(partial(ranks.save, site=self.site, ranked=moved))
        for some in in_parts(list(found), PAGE):
            documents = await self.jira.issues(some, fields=WHOLE, expand=HISTORY)
            # A search may list what was deleted a moment ago: then nothing differs.
            read = [found[str(document["id"])] for document in documents]
            await self._save(documents, [one for one in read if one is not None])

    def _told_late(self, known: Held | None, document: IssueDocument) -> Difference | None:
        """What differs; None where a catch-up only has not come to it yet."""
        updated = unannounced.updated_of(document)
        read_until = self.project.read_until
        is_due = unannounced.is_due(updated, at=self.at)
        if not is_due and (known is None or known.gone_reason is None) and read_until and updated:
            is_due = updated <= read_until
        if not is_due:
            return None
        kind, why = differences.difference(known, document)
        return Difference(str(document["id"]), document["key"], kind, why)

    async def _save(
        self,
        documents: Sequence[IssueDocument],
        found: Sequence[Difference],
        answers: Mapping[str, Answer] | None = None,
    ) -> None:
        """Save issues that were read themselves, so they are there, and bury what is found gone."""
        read = {str(document["id"]) for document in documents}

        def also(connection: Connection, page: Page) -> None:
            presence.mark_present(connection, self.site, read)
            if answers is not None:
                self._bury(connection, found, answers)
            mended = [differences.unless_failed(one, page.failures) for one in found]
            sweeps.note(connection, self.swept.sweep_id, mended)

        if documents or found:
            await keep(self.context, self.jira_site, self.site, documents, also=also)
        self.swept.note(found)

    # --- what Jira does not list ------------------------------------------------------------------

    async def _ask_for_absent(
        self, around: Around, listed: set[str], *, since: datetime | None, until: datetime | None
    ) -> None:
        """Of what was created in that span: ask for all that the store has and Jira does not list."""
        after: Held | None = None
        while True:
            page = await self.context.database.call_read(
                partial(
                    sweeps.present_between,
                    site=self.site,
                    project_id=self.project.id,
                    since=since,
                    until=until,
                    after=after,
                    limit=LISTED_AT_ONCE,
                )
            )
            unlisted = [one for one in page if one.id not in listed]
            for some in in_parts(unlisted, absent.AT_ONCE):
                await self._settle(some, await absent.ask(self.jira, some), around)
            if len(page) < LISTED_AT_ONCE:
                return
            after = page[-1]

    async def _settle(self, asked: Sequence[Held], answers: Mapping[str, Answer], around: Around) -> None:
        """Bury what is gone, and save what answered."""
        if any(answer.document is None for answer in answers.values()):
            await verify(self.jira_site, self.site)  # the token may have been revoked just now
        findings = {one.id: absent.judge(one, answers[one.id], around) for one in asked}
        found = [
            Difference(one.id, one.key, *finding)
            for one in asked
            if (finding := findings[one.id]) is not None
        ]
        alive = [answer.document for answer in answers.values() if answer.document is not None]
        await self._save(alive, found, answers)

    def _bury(
        self, connection: Connection, found: Sequence[Difference], answers: Mapping[str, Answer]
    ) -> None:
        for drift, reason in _GONE.items():
            since = {
                one.issue_id: self._gone_since(answers[one.issue_id]) for one in found if one.kind is drift
            }
            presence.bury(connection, self.site, since, reason=reason)
            if reason is Gone.DELETED:
                nothing = things.OfIssue([], self.at)
                things.replace_links(connection, self.site, dict.fromkeys(since, nothing))

    def _gone_since(self, answer: Answer) -> datetime:
        """A picture that was read just now must not count against the finding."""
        updated = None if answer.document is None else unannounced.updated_of(answer.document)
        return self.at if updated is None else max(self.at, updated)

    # --- the end ----------------------------------------------------------------------------------

    async def end(self) -> None:
        """Children of what was deleted, former names, the counts of both sides, and the alarm."""
        for read_again in (orphans.read_again, renamed.read_again):
            try:
                found = await read_again(
                    self.context, self.jira_site, self.site, self.project, self.swept.sweep_id
                )
                self.swept.note(found)
            except LOCAL as error:
                self._fail(error)
        told = await unannounced.tell(
            self.context,
            self.jira_site,
            self.site,
            self.project,
            self.swept.due,
            found_by=unannounced.RECONCILE,
        )
        await self.context.database.call_write(partial(self._end, told=told))
        _log.info("reconcile.swept", site=self.jira_site.name, **self.swept.facts)

    def _end(self, connection: Connection, told: int) -> None:
        self.swept.stored = sweeps.count_present(connection, self.site, self.project.id)
        sweeps.close_sweep(
            connection,
            self.swept.sweep_id,
            ended_at=self.context.now(),
            counted=self.swept.counted,
            listed=self.swept.listed,
            stored=self.swept.stored,
            unannounced=told,
            failure=self.swept.failure,
        )
