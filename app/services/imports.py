"""An export in Jira's REST shape into the store, so that reports can be tried without a Jira.

The file is read twice: first for what it tells of the site (fields, statuses, sprints), because issues cannot
be understood without it, then for the issues, page by page. Whatever is done twice ends the same.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from app.domain.scrum.board import Board
from app.domain.scrum.dump import Survey, board_numbers, derive_board
from app.domain.scrum.from_jira import (
    IssueRecord,
    NotReadable,
    find_fields,
    read_board,
    read_comment,
    read_histories,
    read_issue,
    read_sprint,
)
from app.domain.scrum.things_from_jira import read_in_order
from app.errors import NotUnderstood
from app.store import (
    boards,
    former_keys,
    issue_news,
    issues,
    jira_tables,
    sites,
    statistics,
    tables,
    text_words,
    things,
)
from app.store.comments import save_comments
from app.store.database import Database
from app.store.sites import Site
from connectors.jira.export import Entry, NotAnExport, entries

PAGE = 200
# So many faults are listed one by one; the others are counted.
MOST_LISTED = 50
NO_ADDRESS = "https://import.invalid"


@dataclass(frozen=True, slots=True)
class Sides:
    """Jira's own lists, where an export comes with them.

    Attributes:
        fields: `GET /field`.
        statuses: `GET /status`.
        boards: `GET /board/{id}/configuration`, one or several.
        sprints: `GET /board/{id}/sprint`, one answer or several.
        priorities: `GET /priority`, the most urgent first.
    """

    fields: Sequence[Mapping[str, Any]] = ()
    statuses: Sequence[Mapping[str, Any]] = ()
    boards: Sequence[Mapping[str, Any]] = ()
    sprints: Sequence[Mapping[str, Any]] = ()
    priorities: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True, slots=True)
class NotRead:
    """Something of the file that is not in the store."""

    line: int
    key: str
    reason: str


@dataclass(slots=True)
class Imported:
    """What an import did.

    Attributes:
        counts: what was read, by kind.
        not_read: the first that were not, with the reason; `not_read_count` has them all.
        remarks: what whoever reads the reports should know: boards made up, histories cut, fields not found.
        made_boards: boards made from statuses, by number.
    """

    site: str
    counts: dict[str, int] = field(default_factory=dict)
    not_read: list[NotRead] = field(default_factory=list)
    not_read_count: int = 0
    remarks: list[str] = field(default_factory=list)
    made_boards: dict[int, str] = field(default_factory=dict)

    def skip(self, line: int, key: str, reason: str) -> None:
        """Go on without it."""
        self.not_read_count += 1
        if len(self.not_read) < MOST_LISTED:
            self.not_read.append(NotRead(line, key, reason))

    def add(self, what: str, number: int) -> None:
        """Count what was read."""
        self.counts[what] = self.counts.get(what, 0) + number


def read_side(path: Path) -> list[Mapping[str, Any]]:
    """A file beside the export: one document, a list, or Jira's page (`{"values": […]}`), also several.

    Raises:
        NotUnderstood: it is none of these.
    """
    try:
        documents = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        message = f"{path} cannot be read as JSON: {error}"
        raise NotUnderstood(message) from error
    found: list[Mapping[str, Any]] = []
    for one in documents if isinstance(documents, list) else [documents]:
        if not isinstance(one, Mapping):
            message = f"{path}: {type(one).__name__} in place of a document"
            raise NotUnderstood(message)
        found += one["values"] if isinstance(one.get("values"), list) else [one]
    return found


def survey(path: Path) -> Survey:
    """Look through an export.

    Raises:
        NotUnderstood: the file cannot be opened or unpacked.
    """
    seen = Survey()
    for entry in _readable(path):
        if entry.describes:
            seen.describe(entry.describes)
        if entry.document is not None:
            seen.mention(entry.document)
    return seen


def _readable(path: Path) -> Iterator[Entry]:
    try:
        yield from entries(path)
    except NotAnExport as error:
        raise NotUnderstood(str(error)) from error


def import_export(
    database: Database,
    path: Path,
    *,
    site_name: str,
    sides: Sides = Sides(),
    report: Callable[[int], object] = lambda _: None,
) -> Imported:
    """Read an export into the store, as a site of its own.

    Args:
        database: where to.
        path: the file.
        site_name: the site's name in the store; made if need be.
        sides: Jira's own lists.
        report: told how many issues were read so far, with every page.

    Raises:
        NotUnderstood: the file cannot be opened or unpacked, or holds no issue.
        NotPossible: the name is another Jira's.
    """
    seen = survey(path)
    if not seen.issues or seen.newest is None:
        fault = next((entry.fault for entry in _readable(path) if entry.fault), "no document with `fields`")
        message = f"{path} holds no issue in Jira's REST shape ({fault})."
        raise NotUnderstood(message)
    done = Imported(site_name)
    with database.write() as connection:
        site = _save_site(connection, site_name, seen, sides, done)
    for page in _pages(path, done):
        with database.write() as connection:
            _save_page(connection, site, page, done)
        report(done.counts["issues"])
    with database.write() as connection:
        sites.update_site(connection, site.id, synced_at=seen.newest)
    text_words.index_here(database, site.id)
    statistics.take_here(database)
    return done


# --- what describes the site ----------------------------------------------------------------------


def _save_site(connection: Connection, name: str, seen: Survey, sides: Sides, done: Imported) -> Site:
    made = sites.ensure_site(connection, name, seen.base_url or NO_ADDRESS)
    fields = sides.fields or seen.fields()
    found = find_fields(fields)
    sites.update_site(connection, made.id, deployment="Cloud" if seen.is_cloud else "Server")
    sites.replace_fields(connection, made.id, fields, found)
    # Jira's own list comes first, and in its order.
    statuses = {str(one["id"]): one for one in sides.statuses}
    statuses |= {str(one["id"]): one for one in seen.statuses.values() if str(one["id"]) not in statuses}
    sites.replace_statuses(connection, made.id, statuses.values(), ordered=bool(sides.statuses))
    for project in seen.projects.values():
        sites.save_project(connection, made.id, project)
    _save_boards(connection, made, seen, sides, statuses, found.story_points, done)
    _save_sprints(connection, made, seen, sides, done)
    if found.sprint is None:
        done.remarks.append(
            "No Sprint field was found, so no sprint report can be made. Give Jira's own list with --fields."
        )
    if not found.story_points and not sides.boards:
        done.remarks.append("No field of story points was found: reports count issues. --fields helps.")
    done.counts |= {"projects": len(seen.projects), "fields": len(fields), "statuses": len(statuses)}
    site = sites.get_site(connection, name)
    if sides.priorities and seen.newest is not None:
        listed = read_in_order(sides.priorities, "a priority")
        things.replace_all(connection, site, jira_tables.priorities, listed, at=seen.newest)
    return site


def _save_boards(
    connection: Connection,
    site: Site,
    seen: Survey,
    sides: Sides,
    statuses: Mapping[str, Mapping[str, Any]],
    points: tuple[str, ...],
    done: Imported,
) -> None:
    """The boards that came along; where none did, one for each project, and it is said."""
    assert seen.newest is not None
    given = [read_board(one, one.get("configuration") or one) for one in sides.boards]
    for document, board in zip(sides.boards, given, strict=True):
        key = _project_of(document) or (next(iter(seen.projects)) if len(seen.projects) == 1 else None)
        boards.save_board(connection, site.id, board, heard_at=seen.newest, project_key=key)
        if board.filter_id is not None and board.filter_jql is None:
            done.remarks.append(
                f"Which issues the filter of board {board.id} finds is not in the export, so all issues of "
                "its sprints count. Add `jql`, as Jira's GET /filter gives it, to `filter` in its file."
            )
    done.add("boards", len(given))
    if given:
        return
    categories = {
        number: str((one.get("statusCategory") or {}).get("key") or "") for number, one in statuses.items()
    }
    known, taken = _known_boards(connection, site)
    for key, number in board_numbers(seen, known=known, taken=taken).items():
        board = derive_board(seen, key, number, categories, points)
        boards.save_board(connection, site.id, board, heard_at=seen.newest, project_key=key)
        done.made_boards[number] = key
        _remark_on(board, seen, key, statuses, done)
    done.add("boards", len(done.made_boards))


def _project_of(document: Mapping[str, Any]) -> str | None:
    location = document.get("location")
    key = location.get("projectKey") or location.get("key") if isinstance(location, Mapping) else None
    return str(key) if key else None


def _known_boards(connection: Connection, site: Site) -> tuple[dict[str, int], set[int]]:
    """Boards in the store, by project key; and the numbers of all of them."""
    table = tables.boards
    rows = connection.execute(
        select(table.c.id, table.c.project_key).where(table.c.site_id == site.id).order_by(table.c.id.desc())
    ).all()
    return {row.project_key: row.id for row in rows if row.project_key}, {row.id for row in rows}


def _remark_on(
    board: Board, seen: Survey, key: str, statuses: Mapping[str, Mapping[str, Any]], done: Imported
) -> None:
    done.remarks.append(
        f"Board {board.id} stands for the boards of project {key}, which are not in the export: its columns "
        "are the categories of the statuses. Give the real ones with --boards."
    )
    off = sorted(seen.statuses_of[key] - board.mapped_status_ids)
    if off:
        named = ", ".join(str(statuses[one].get("name") or one) for one in off)
        done.remarks.append(f"On no column of board {board.id}, for want of a category: {named}.")
    if not board.done_status_ids & {one for one in seen.statuses_of[key] if _is_done(statuses[one])}:
        done.remarks.append(f"No status of project {key} is of the category Done: nothing counts as done.")


def _is_done(status: Mapping[str, Any]) -> bool:
    return (status.get("statusCategory") or {}).get("key") == "done"


def _save_sprints(connection: Connection, site: Site, seen: Survey, sides: Sides, done: Imported) -> None:
    """Sprints as the newest issue shows them; a list of Jira's own knows better, and more of them."""
    assert seen.newest is not None
    found = dict(seen.sprints)
    for document in sides.sprints:
        sprint = read_sprint(document)
        found[sprint.id] = (sprint, seen.newest)
    for sprint, heard_at in found.values():
        boards.save_sprint(connection, site.id, sprint, heard_at=heard_at)
    for number, key in done.made_boards.items():
        for sprint_id in seen.sprints_of[key]:
            boards.show_sprint(connection, site.id, number, sprint_id)
    done.counts["sprints"] = len(found)
    undated = {number: name for number, name in seen.undated_sprints().items() if number not in found}
    if undated:
        named = ", ".join(f"{name} ({number})" for number, name in islice(sorted(undated.items()), 5))
        done.remarks.append(
            f"Only histories name {len(undated)} sprints, without dates: no report can be made of them. "
            f"Give them with --sprints. They are {named}{', …' if len(undated) > 5 else ''}."  # noqa: PLR2004
        )


# --- issues ---------------------------------------------------------------------------------------


def _pages(path: Path, done: Imported) -> Iterator[list[Entry]]:
    page: list[Entry] = []
    for entry in _readable(path):
        if entry.fault:
            done.skip(entry.line, "", entry.fault)
        elif entry.document is not None:
            page.append(entry)
        if len(page) == PAGE:
            yield page
            page = []
    yield page


def _save_page(connection: Connection, site: Site, page: Sequence[Entry], done: Imported) -> None:
    """A page in one transaction; an issue that cannot be read does not hold up the others."""
    whole: list[IssueRecord] = []
    cut: list[IssueRecord] = []
    changes, comments = {}, []
    for entry in page:
        document = entry.document or {}
        try:
            record = _record(document, site)
            changes[record.id] = read_histories(_histories(document), site.fields)
            comments += _comments(document, record, done)
        except (NotReadable, TypeError, KeyError, AttributeError, ValueError) as error:
            done.skip(entry.line, str(document.get("key") or document.get("id") or ""), _because(error))
            continue
        (whole if _is_whole(document) else cut).append(record)
    former_keys.lock(connection, site, changes.values())
    moved = issues.save_issues(connection, site, whole, history_complete=True)
    moved |= issues.save_issues(connection, site, cut, history_complete=False)
    issues.save_changes(connection, site, changes, final=True)
    save_comments(connection, site, comments)
    issue_news.note(connection, site, changes.keys() - moved)
    done.add("issues", len(whole) + len(cut))
    done.add("issues without their whole history", len(cut))
    done.add("changes", sum(map(len, changes.values())))
    done.add("comments", len(comments))


def _because(error: Exception) -> str:
    return str(error) if isinstance(error, NotReadable) else f"not in Jira's shape ({error!r})"


def _record(document: Mapping[str, Any], site: Site) -> IssueRecord:
    record = read_issue(document, site.fields)
    if record is None:
        message = "status, created or updated is missing"
        raise NotReadable(message)
    return record


def _changelog(document: Mapping[str, Any]) -> Mapping[str, Any]:
    return document.get("changelog") or {}


def _histories(document: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    return _changelog(document).get("histories") or ()


def _is_whole(document: Mapping[str, Any]) -> bool:
    """Whether the whole history came along: Jira says how many entries there are."""
    total = _changelog(document).get("total")
    return "changelog" in document and (total is None or int(total) <= len(_histories(document)))


def _comments(document: Mapping[str, Any], record: IssueRecord, done: Imported) -> list[dict[str, Any]]:
    listed = (document.get("fields") or {}).get("comment") or {}
    found = [read_comment(one, record.id) for one in listed.get("comments") or ()]
    done.add("comments that the export cuts off", max(int(listed.get("total") or 0) - len(found), 0))
    return found
