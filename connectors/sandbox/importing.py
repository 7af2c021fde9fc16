"""A site made from issues in Jira's REST shape: one JSON document a line, with `fields` and `changelog`.

Projects, statuses, types, people, sprints and boards are made from what the issues mention; ids are kept. A
field of the site's own is known by its value or by the name that changelogs give it; all others are served as
they are.
"""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from .imported_things import Things, instant, number_of
from .importing_fields import find_roles
from .model import Comment, History, Issue, Item, Link, LinkType, Project, Worklog
from .site import RANK_STEP, Site

Document = dict[str, Any]


class NotAnIssueError(Exception):
    """A line that is no issue in REST shape; says which."""


def import_issues(site: Site, path: Path) -> None:
    documents = list(_documents(path))
    things = Things(site)
    find_roles(site.catalogue, documents)
    for document in documents:
        things.mention(document)
    things.finish()
    importer = _Importer(site, things)
    for document in documents:
        importer.add(document)
    importer.connect(documents)


def _documents(path: Path) -> Iterator[Document]:
    with path.open(encoding="utf-8") as file:
        for place, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                document = json.loads(line)
            except ValueError as error:
                message = f"{path}, line {place}: not JSON ({error})"
                raise NotAnIssueError(message) from None
            if (
                not isinstance(document, dict)
                or not isinstance(document.get("fields"), dict)
                or "key" not in document
            ):
                message = f"{path}, line {place}: no issue with a key and fields"
                raise NotAnIssueError(message)
            yield document


class _Importer:
    def __init__(self, site: Site, things: Things) -> None:
        self._site = site
        self._things = things

    def add(self, document: Document) -> None:
        fields, things = document["fields"], self._things
        created = instant(fields.get("created")) or self._site.clock.now()
        number = number_of(document.get("id")) or next(self._site.next_issue)
        project = things.project_of(document)
        issue = Issue(
            id=number,
            key=document["key"],
            project=project,
            type=things.type(fields.get("issuetype")),
            summary=str(fields.get("summary") or ""),
            status=things.status(fields.get("status")),
            priority=things.priority(fields.get("priority")),
            creator=things.person(fields.get("creator")),
            reporter=things.person(fields.get("reporter")),
            created=created,
            updated=instant(fields.get("updated")) or created,
            rank=self._site.next_rank(),
            status_changed=instant(fields.get("statuscategorychangedate")) or created,
            description=fields.get("description"),
            environment=fields.get("environment"),
            resolution=things.resolution(fields.get("resolution")),
            resolved=instant(fields.get("resolutiondate")),
            labels=tuple(fields.get("labels") or ()),
            assignee=things.person(fields.get("assignee")),
            due=date.fromisoformat(fields["duedate"]) if fields.get("duedate") else None,
            components=tuple(things.component(project, one) for one in fields.get("components") or ()),
            fix_versions=tuple(things.version(project, one) for one in fields.get("fixVersions") or ()),
            versions=tuple(things.version(project, one) for one in fields.get("versions") or ()),
            estimate=fields.get("timeoriginalestimate"),
        )
        self._add_own_fields(issue, fields)
        self._add_history(issue, document)
        self._add_texts(issue, fields)
        self._keep(issue, project)

    def _keep(self, issue: Issue, project: Project) -> None:
        site = self._site
        site.issues[issue.id] = issue
        site.ids_by_key[issue.key.upper()] = issue.id
        tail = issue.key.rpartition("-")[2]
        project.numbers = max(project.numbers, int(tail) if tail.isdecimal() else 0)
        for entry in issue.histories:
            for item in entry.items:
                if item.field == "Key" and item.before_text:
                    site.ids_by_key.setdefault(item.before_text.upper(), issue.id)
        for sprint in issue.sprints:
            site.members.setdefault(sprint, {})[issue.id] = None

    def _add_own_fields(self, issue: Issue, fields: Document) -> None:
        for field in self._site.catalogue.fields.values():
            value = fields.get(field.id)
            match field.role:
                case "sprint":
                    issue.sprints = tuple(self._things.sprints(value))
                case "points":
                    issue.points = float(value) if isinstance(value, int | float) else None
                case "flagged":
                    issue.flagged = bool(value)
                case "":
                    issue.extra[field.id] = value

    def _add_history(self, issue: Issue, document: Document) -> None:
        entries = (document.get("changelog") or {}).get("histories") or []
        for entry in entries:
            items = tuple(_item(one) for one in entry.get("items") or ())
            at = instant(entry.get("created")) or issue.created
            number = number_of(entry.get("id")) or next(self._site.next_history)
            issue.histories.append(History(number, at, self._things.person(entry.get("author")), items))
        issue.histories.sort(key=lambda one: (one.at, one.id))

    def _add_texts(self, issue: Issue, fields: Document) -> None:
        site, person = self._site, self._things.person
        for one in (fields.get("comment") or {}).get("comments") or ():
            number = number_of(one.get("id")) or next(site.next_comment)
            created = instant(one.get("created")) or issue.created
            updated = instant(one.get("updated")) or created
            author, editor = person(one.get("author")), person(one.get("updateAuthor"))
            comment = Comment(number, author, one.get("body") or "", created, updated, editor or author)
            issue.comments.append(comment)
            site.comments[number] = (issue, comment)
        for one in (fields.get("worklog") or {}).get("worklogs") or ():
            number = number_of(one.get("id")) or next(site.next_worklog)
            created = instant(one.get("created")) or issue.created
            started, spent = instant(one.get("started")) or created, int(one.get("timeSpentSeconds") or 0)
            author, text = person(one.get("author")), one.get("comment")
            updated = instant(one.get("updated")) or created
            worklog = Worklog(number, issue.id, author, author, text, created, updated, started, spent)
            issue.worklogs.append(worklog)
            site.worklogs[number] = (issue, worklog)

    def connect(self, documents: list[Document]) -> None:
        """Parents, links and ranks need every issue to be there."""
        site = self._site
        for document in documents:
            issue = site.find(document["key"])
            assert issue is not None
            self._set_parent(issue, document["fields"])
            for one in document["fields"].get("issuelinks") or ():
                self._link(issue, one)
        rank = site.catalogue.role("rank")
        if rank:
            ranked = sorted(documents, key=lambda one: str(one["fields"].get(rank) or "~"))
            for place, document in enumerate(ranked, 1):
                site.issues[site.ids_by_key[document["key"].upper()]].rank = place * RANK_STEP

    def _set_parent(self, issue: Issue, fields: Document) -> None:
        epic = self._site.catalogue.role("epic")
        key = (fields.get("parent") or {}).get("key") or (fields.get(epic) if epic else None)
        parent = self._site.find(str(key)) if key else None
        if parent is None:
            return
        issue.parent = parent.id
        if issue.type.subtask:
            parent.subtasks.append(issue.id)

    def _link(self, issue: Issue, given: Document) -> None:
        """Told on both sides; kept once."""
        other_side = given.get("outwardIssue") or given.get("inwardIssue") or {}
        other, kind = self._site.find(str(other_side.get("key"))), given.get("type") or {}
        number = number_of(given.get("id")) or next(self._site.next_link)
        if other is None or number in self._site.links:
            return
        known = self._site.catalogue.link_types.setdefault(
            str(kind.get("id")),
            LinkType(
                str(kind.get("id")), kind.get("name", ""), kind.get("outward", ""), kind.get("inward", "")
            ),
        )
        ends = (issue, other) if "outwardIssue" in given else (other, issue)
        link = self._site.links[number] = Link(number, known, ends[0].id, ends[1].id)
        for end in ends:
            end.links.append(link)


def _item(given: Document) -> Item:
    return Item(
        str(given.get("field", "")),
        str(given.get("fieldtype", "jira")),
        given.get("fieldId"),
        given.get("from"),
        given.get("fromString"),
        given.get("to"),
        given.get("toString"),
    )
