"""What actions want that create, start and complete sprints. Pure.

Which sprint is meant by `active` or `next` is settled with the decision: done again, it is the same one.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from app.domain.jql.plan import folded
from app.domain.rule_effects import CompleteSprint, CreateSprint, NamedSprint, StartSprint
from app.domain.rules import sprint_parts as parts
from app.domain.rules.asking import Asking, Wish, one_line
from app.domain.scrum.sprint import Sprint, SprintState
from app.errors import NotUnderstood

_LAST = datetime.max.replace(tzinfo=UTC)


def create_sprint(action: parts.CreateSprint, asking: Asking) -> Wish:
    """Whether there is one of that name already is seen when it is carried out, too."""
    name = one_line(asking.render(action.name))
    if not name:
        return Wish(None, "The name is empty; no sprint is created.")
    if len(name) > parts.LONGEST_NAME:
        fault = (
            f"{name!r} has {len(name)} characters; the name of a sprint has {parts.LONGEST_NAME} at the most."
        )
        raise NotUnderstood(fault, field="/actions")
    if any(folded(one.name) == folded(name) for one, _ in _of_board(action.board, asking)):
        return Wish(None, f"Board {action.board} has a sprint {name} already.")
    effect = CreateSprint(
        asking.issue.key,
        action.board,
        name,
        _text(action.goal, asking),
        _instant(action.start, asking),
        _instant(action.end, asking),
    )
    if effect.start and effect.end and effect.start >= effect.end:
        raise NotUnderstood(f"The sprint would end ({effect.end}) before it starts.", field="/actions")
    return Wish(effect, said={"board": action.board, "sprint": name})


def start_sprint(action: parts.StartSprint, asking: Asking) -> Wish:
    """Its end, where it is not given, is that which Jira has for it then."""
    wanted = asking.render(action.sprint).strip()
    if folded(wanted) == "next":
        found = _first_to_come(action.board, asking)
        if found is None:
            return Wish(None, f"Board {action.board} has no sprint that is to begin.")
    else:
        found = _own(wanted, action.board, asking)
        if (note := _note(found, asking, SprintState.FUTURE)) is not None:
            return Wish(None, note)
    effect = StartSprint(
        asking.issue.key,
        action.board,
        found,
        asking.event.at,
        action.days,
        _instant(action.end, asking),
        _text(action.goal, asking) or None,
    )
    if effect.end is not None and effect.end <= effect.start:
        raise NotUnderstood(f"The sprint would end ({effect.end}) before it starts.", field="/actions")
    return Wish(effect, said=_said(action.board, found))


def complete_sprint(action: parts.CompleteSprint, asking: Asking) -> Wish:
    """Which issues are open is seen when it is carried out."""
    wanted = asking.render(action.sprint).strip()
    if folded(wanted) == "active":
        running = [one for one, state in _of_board(action.board, asking) if state is SprintState.ACTIVE]
        if not running:
            return Wish(None, f"No sprint runs on board {action.board}.")
        found = _only(wanted, action.board, running)
    else:
        found = _own(wanted, action.board, asking)
        if (note := _note(found, asking, SprintState.ACTIVE)) is not None:
            return Wish(None, note)
    where = asking.render(action.open_issues).strip()
    target = None if folded(where) == "backlog" else _target(where, action.board, asking)
    if target is not None and target == found:
        raise NotUnderstood(f"Open issues cannot stay in {found.shown}.", field="/actions")
    said = {**_said(action.board, found), "open_issues": "backlog" if target is None else target.shown}
    return Wish(CompleteSprint(asking.issue.key, action.board, found, target), said=said)


def _target(where: str, board: int, asking: Asking) -> NamedSprint:
    if folded(where) != "next":
        return _named(where, board, asking)
    found = _first_to_come(board, asking)
    if found is None:
        fault = f"Board {board} has no sprint that is to begin, into which open issues could go."
        raise NotUnderstood(fault, field="/actions")
    return found


def _of_board(board: int, asking: Asking) -> list[tuple[Sprint, SprintState]]:
    """The sprints that were made on a board, with their states at the instant of the event."""
    states = {one.id: one.group for one in asking.catalogue.sprints}
    return [
        (one, SprintState(states[str(one.id)]))
        for one in asking.around.sprints.values()
        if one.board_id == board and states.get(str(one.id)) in set(SprintState)
    ]


def _first_to_come(board: int, asking: Asking) -> NamedSprint | None:
    to_come = [one for one, state in _of_board(board, asking) if state is SprintState.FUTURE]
    first = min(to_come, key=lambda one: (one.start or _LAST, one.id), default=None)
    return None if first is None else NamedSprint(first.id, first.name)


def _named(wanted: str, board: int, asking: Asking) -> NamedSprint:
    """One that is not known is looked for by name when it is carried out: the rule may create it before."""
    if not wanted:
        raise NotUnderstood("The name of the sprint is empty.", field="/actions")
    if wanted.isdecimal():
        known = asking.around.sprints.get(int(wanted))
        return NamedSprint(int(wanted), known.name if known is not None else "")
    alike = [(one, state) for one, state in _of_board(board, asking) if folded(one.name) == folded(wanted)]
    is_open = [one for one, state in alike if state is not SprintState.CLOSED]
    if not alike:
        return NamedSprint(None, wanted)
    return _only(wanted, board, is_open or [one for one, _ in alike][-1:])


def _own(wanted: str, board: int, asking: Asking) -> NamedSprint:
    """One of the board: a name that is a number would else be the id of a sprint of others."""
    found = _named(wanted, board, asking)
    known = None if found.id is None else asking.around.sprints.get(found.id)
    if known is not None and known.board_id not in {None, board}:
        fault = f"Sprint {known.id} ({known.name}) is none of board {board}, but of board {known.board_id}."
        raise NotUnderstood(fault, field="/actions")
    return found


def _only(wanted: str, board: int, found: Sequence[Sprint]) -> NamedSprint:
    if len(found) > 1:
        names = ", ".join(f"{one.name} ({one.id})" for one in found)
        fault = f"Several sprints of board {board} are meant by {wanted!r}: {names}. Name one by its id."
        raise NotUnderstood(fault, field="/actions")
    return NamedSprint(found[0].id, found[0].name)


def _note(found: NamedSprint, asking: Asking, wanted: SprintState) -> str | None:
    """Why there is nothing to do with a sprint in the state that it was in; None where there may be."""
    state = next((one.group for one in asking.catalogue.sprints if one.id == str(found.id)), wanted.value)
    if state == wanted.value:
        return None
    said = {"closed": "was closed already", "active": "runs already", "future": "has not begun"}
    return f"{found.shown} {said[state]}." if state in said else None


def _said(board: int, found: NamedSprint) -> dict[str, Any]:
    return {"board": board, "sprint": found.shown}


def _text(text: str | None, asking: Asking) -> str:
    return "" if text is None else asking.render(text).strip()


def _instant(text: str | None, asking: Asking) -> datetime | None:
    said = _text(text, asking)
    try:
        found = datetime.fromisoformat(said) if said else None
    except ValueError:
        fault = f"{said!r} is no instant; write it like 2026-11-30 or 2026-11-30T09:00."
        raise NotUnderstood(fault, field="/actions") from None
    return found if found is None or found.tzinfo is not None else found.replace(tzinfo=UTC)
