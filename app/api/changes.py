"""How a door changes something: in one transaction with its entry in the audit."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Request
from sqlalchemy import Connection, RowMapping

from app.api.auth import CallerDep
from app.api.state import State, StateDep
from app.services import audit
from app.services.access import Caller
from app.services.audit import Change, Picture

T = TypeVar("T")
Row = RowMapping | Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Changes:
    """Makes changes in the name of whoever asks.

    Attributes:
        request_id: names the request, as its answer and the log do.
    """

    state: State
    caller: Caller
    request_id: str | None

    async def make(
        self,
        action: str,
        of: object,
        work: Callable[[Connection], T],
        *,
        before: Callable[[Connection], Row | None] | None = None,
        after: Callable[[T], Picture | None] = lambda _: None,
        site: str | None = None,
    ) -> T:
        """Do it and write it down, or neither.

        Args:
            action: resource and verb in the past: "site.created".
            of: which one; a function is asked when it is done.
            work: what is done, inside the transaction.
            before: the row as it was, whose `site` is noted; what is locked here stays locked. None, or a
                row that is None: there was none.
            after: what it is like then, without any secret.
            site: whose it is, where `before` does not say.
        """
        now = self.state.now()

        def write(connection: Connection) -> T:
            row = before(connection) if before is not None else None
            done = work(connection)
            picture = after(done)
            change = Change(
                action,
                of=str(of(done) if callable(of) else of),
                site=site or (row or {}).get("site"),
                before=None if row is None else _same_names(row, picture),
                after=picture,
            )
            audit.record(connection, change, by=self.caller, request_id=self.request_id, now=now)
            return done

        return await self.state.database.call_write(write)


def _same_names(row: Row, picture: Picture | None) -> Picture:
    """Of what it was like, what is also told of what it is like."""
    return dict(row) if picture is None else {name: row[name] for name in picture if name in row}


def changes(request: Request, state: StateDep, caller: CallerDep) -> Changes:
    """For the routes."""
    return Changes(state, caller, request.scope.get("request_id"))


ChangesDep = Annotated[Changes, Depends(changes)]


def told(row: Row, *names: str) -> Picture:
    """Some columns of a row."""
    return {name: row[name] for name in names}
