"""Jira's documents of sprints, and what issues say of theirs, into our words.

Sprints come as objects (Cloud REST, the agile API) or as `…Sprint@…[id=1,name=…]` strings (webhooks,
Data Center).
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from app.domain.scrum.instants import NotReadable, instant
from app.domain.scrum.sprint import Sprint, SprintState

_IN_BRACKETS = re.compile(r"\[(?P<pairs>.*)\]\s*$", re.DOTALL)
# Names and goals may hold commas and brackets, so only a comma before a known key separates.
_BETWEEN_PAIRS = re.compile(
    r",(?=(?:id|rapidViewId|state|name|startDate|endDate|completeDate|activatedDate|sequence|goal|"
    r"autoStartStop|synced|incompleteIssuesDestinationId)=)"
)


def read_sprint(document: Mapping[str, Any]) -> Sprint:
    """A sprint of the agile API or of a sprint event.

    One that was opened again may keep the date of its first close, which says nothing any more.

    Raises:
        NotReadable: no id, or a state that Jira does not have.
    """
    try:
        state = SprintState(str(document["state"]).lower())
        number = int(document["id"])
    except (KeyError, ValueError, TypeError) as error:
        message = f"a sprint without a usable id and state: {error}"
        raise NotReadable(message) from error
    board = document.get("originBoardId")
    return Sprint(
        id=number,
        name=str(document.get("name") or number),
        state=state,
        board_id=int(board) if board is not None else None,
        goal=str(document.get("goal") or ""),
        start=instant(document.get("startDate")),
        end=instant(document.get("endDate")),
        activated=instant(document.get("activatedDate")),
        completed=instant(document.get("completeDate")) if state is SprintState.CLOSED else None,
    )


def read_sprint_field(value: object) -> frozenset[int]:
    """The sprint ids in a Sprint field, in either form."""
    if not isinstance(value, Sequence) or isinstance(value, str):
        return frozenset()
    ids = set()
    for entry in value:
        found = entry.get("id") if isinstance(entry, Mapping) else parts_of_sprint(str(entry)).get("id")
        if found is not None and str(found).isdigit():
            ids.add(int(found))
    return frozenset(ids)


def parts_of_sprint(text: str) -> dict[str, str]:
    """What Data Center says of a sprint (`…Sprint@1f2e[id=4,state=ACTIVE,…]`), without what is empty."""
    inside = _IN_BRACKETS.search(text)
    if inside is None:
        return {}
    pairs = (part.split("=", 1) for part in _BETWEEN_PAIRS.split(inside["pairs"]) if "=" in part)
    return {name: value for name, value in pairs if value not in {"", "<null>"}}


def sprint_documents(value: object) -> list[dict[str, Any]]:
    """The sprints in a Sprint field as the agile API would give them; empty for any other field."""
    if not isinstance(value, Sequence) or isinstance(value, str):
        return []
    found = []
    for entry in value:
        if isinstance(entry, Mapping):
            document = {**entry, "originBoardId": entry.get("originBoardId") or entry.get("boardId")}
        else:
            pairs = parts_of_sprint(str(entry))
            document = {**pairs, "originBoardId": pairs.get("rapidViewId")}
        if str(document.get("id") or "").isdecimal() and str(document.get("state")).lower() in set(
            SprintState
        ):
            found.append(document)
    return found
