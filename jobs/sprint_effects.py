"""Sprints are created, started and completed. All of it looks first: done again it changes nothing."""

from datetime import datetime, timedelta
from typing import Any

from app.domain.jql.plan import folded
from app.domain.rule_effects import CompleteSprint, CreateSprint, NamedSprint, SprintStep, StartSprint
from app.domain.scrum.board_from_jira import read_board
from app.domain.scrum.instants import instant
from app.errors import NotPossible
from app.store.claim import Claimed
from connectors.jira.client import JiraClient
from connectors.jira.documents import SprintDocument
from jobs.settle import give_time_to_show

_IN_NO_OTHER = "sprint NOT IN (openSprints(), futureSprints())"


async def carry_out(jira: JiraClient, effect: SprintStep, work: Claimed) -> dict[str, Any]:
    """To Jira; returns what became of it, for people.

    Raises:
        NotPossible: the sprint is not there, or Jira did not take it to where it should be.
        ConnectorError: it did not go through; the worker decides when to try again.
    """
    match effect:
        case CreateSprint():
            told = await _create(jira, effect, work)
        case StartSprint():
            told = await _start(jira, effect)
        case CompleteSprint():
            told = await _complete(jira, effect, is_repeat=work.attempts > 1)
    return {"issue_key": effect.issue_key, **told}


async def _create(jira: JiraClient, effect: CreateSprint, work: Claimed) -> dict[str, Any]:
    known = [one for one in await _of_board(jira, effect.board_id) if _is_called(one, effect.name)]
    if known:
        return {**_shown(known[-1]), "note": "There was one of that name already."}
    if work.attempts > 1:
        give_time_to_show(work.row)
    made = await jira.create_sprint(
        effect.board_id, effect.name, goal=effect.goal, start=effect.start, end=effect.end
    )
    return _shown(made)


async def _start(jira: JiraClient, effect: StartSprint) -> dict[str, Any]:
    sprint = await _own(jira, effect)
    if sprint["state"] != "future":
        return {**_shown(sprint), "note": _standing(sprint)}
    end = _end_of(effect, sprint)
    started = await jira.change_sprint(
        sprint["id"], state="active", goal=effect.goal, start=effect.start, end=end
    )
    _check(started, "active")
    return {**_shown(started), "end": end.isoformat()}


def _end_of(effect: StartSprint, sprint: SprintDocument) -> datetime:
    planned = effect.end or instant(sprint.get("endDate"))
    if planned is not None and planned > effect.start:
        return planned
    return effect.start + timedelta(days=effect.days)


async def _complete(jira: JiraClient, effect: CompleteSprint, *, is_repeat: bool) -> dict[str, Any]:
    """First closed, then the open issues moved: pulled out before, they would have been removed from it.

    Broken off between the two, the issues are those that are in no other open sprint by then.
    """
    sprint = await _own(jira, effect)
    is_closed = sprint["state"] == "closed"
    if sprint["state"] == "future" or (is_closed and not is_repeat):
        return {**_shown(sprint), "note": _standing(sprint)}
    target = None if effect.open_issues is None else await _target(jira, effect.board_id, effect.open_issues)
    left = await _open_in(jira, effect.board_id, sprint["id"], jql=_IN_NO_OTHER if is_closed else "")
    if not is_closed:
        sprint = await jira.change_sprint(sprint["id"], state="closed")
        _check(sprint, "closed")
    if target is not None:
        await jira.move_to_sprint(target["id"], left)
    return {
        **_shown(sprint),
        "open_issues": left,
        "moved_to": "backlog" if target is None else target.get("name"),
    }


async def _open_in(jira: JiraClient, board_id: int, sprint_id: int, *, jql: str) -> list[str]:
    """Keys of the issues that the board does not call done; sub-tasks go with their parents."""
    configuration: Any = await jira.board_configuration(board_id)
    done = read_board({"id": board_id}, configuration).done_status_ids
    listed = jira.sprint_issues(sprint_id, fields=("status", "issuetype"), jql=jql)
    return [
        one["key"]
        async for one in listed
        if str(one["fields"]["status"]["id"]) not in done and not one["fields"]["issuetype"].get("subtask")
    ]


async def _target(jira: JiraClient, board_id: int, wanted: NamedSprint) -> SprintDocument:
    """Before anything is done: it would be too late to hear that it takes no issues."""
    found = await _found(jira, board_id, wanted)
    if found["state"] == "closed":
        raise NotPossible(f"{wanted.shown} was closed: no open issues can go there. Nothing was done.")
    return found


async def _own(jira: JiraClient, effect: StartSprint | CompleteSprint) -> SprintDocument:
    found = await _found(jira, effect.board_id, effect.sprint)
    theirs = found.get("originBoardId", effect.board_id)
    if theirs != effect.board_id:
        where = f"none of board {effect.board_id}, but of board {theirs}"
        raise NotPossible(f"{effect.sprint.shown} is {where}. Nothing was done.")
    return found


async def _found(jira: JiraClient, board_id: int, wanted: NamedSprint) -> SprintDocument:
    if wanted.id is not None:
        return await jira.sprint(wanted.id)
    alike = [one for one in await _of_board(jira, board_id) if _is_called(one, wanted.name)]
    is_open = [one for one in alike if one["state"] != "closed"]
    if len(is_open) > 1:
        ids = ", ".join(str(one["id"]) for one in is_open)
        raise NotPossible(f"Several sprints of board {board_id} are called {wanted.name!r}: {ids}.")
    if not alike:
        raise NotPossible(f"Board {board_id} has no sprint {wanted.name!r}.")
    return (is_open or alike)[-1]


async def _of_board(jira: JiraClient, board_id: int) -> list[SprintDocument]:
    """Those that were made on it: it shows others, too."""
    return [one async for one in jira.sprints(board_id) if one.get("originBoardId") == board_id]


def _is_called(sprint: SprintDocument, name: str) -> bool:
    return folded(str(sprint.get("name"))) == folded(name)


def _check(sprint: SprintDocument, wanted: str) -> None:
    """What Jira says that it is now."""
    if sprint.get("state") != wanted:
        raise NotPossible(f"Jira says that the sprint is {sprint.get('state')}, and not {wanted}.")


def _standing(sprint: SprintDocument) -> str:
    said = {"active": "It runs already.", "closed": "It was closed already.", "future": "It has not begun."}
    return said[sprint["state"]]


def _shown(sprint: SprintDocument) -> dict[str, Any]:
    return {"sprint": sprint.get("name"), "sprint_id": sprint.get("id")}
