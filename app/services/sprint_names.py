"""Sprints by the names that people know them by."""

from difflib import get_close_matches

from sqlalchemy import Connection

from app.errors import NotFound, NotPossible
from app.store import boards
from app.store.sites import Site


def sprint_id_of(connection: Connection, site: Site, board_id: int, said: str) -> int:
    """The id of a sprint, from its id or its name; of several of a name the one made on that board.

    Raises:
        NotFound: none is called so; near names are told.
        NotPossible: several are.
    """
    wanted = said.strip()
    if wanted.isascii() and wanted.isdecimal():
        return int(wanted)
    every = boards.all_sprints(connection, site)
    named = [each for each in every if each.name.strip().casefold() == wanted.casefold()]
    found = [each for each in named if each.board_id == board_id] or named
    if len(found) > 1:
        ids = ", ".join(str(each.id) for each in found)
        raise NotPossible(f"Several sprints are called {wanted!r}: {ids}. Say which by its id.")
    if not found:
        own = [each.name for each in every if each.board_id == board_id] or [each.name for each in every]
        near = get_close_matches(wanted, own, n=3) or own[-3:]
        there = f"Did you mean {', '.join(near)}?" if near else "The store has no sprints: `burnish sync`."
        raise NotFound("sprint", wanted, there)
    return found[0].id
