"""The last look before something is changed: are we still the ones who should?

A lease is checked when work is decided, but a process may be frozen (SIGSTOP, a paused machine, a long
collection of garbage) between deciding and sending, and wake up when somebody else holds the lease. So the
guard that is set here is asked in the instant before the first byte of a changing request leaves. What stays
open is the time on the wire, which no sender can close.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Protocol


class Guard(Protocol):
    """Knows until when we may write."""

    def check(self) -> None:
        """Return if we may still write, at once and without waiting.

        Raises:
            Exception: we may not; any but a `ConnectorError`. It reaches the caller as it is, and
                nothing was sent.
        """
        ...


_guard: ContextVar[Guard | None] = ContextVar("connectors_deadline_guard", default=None)


@contextmanager
def guarded(guard: Guard) -> Iterator[None]:
    """Every changing request inside the block, and in tasks that are started in it, asks the guard first."""
    token = _guard.set(guard)
    try:
        yield
    finally:
        _guard.reset(token)


def check() -> None:
    """Ask the guard, if there is one."""
    guard = _guard.get()
    if guard is not None:
        guard.check()


async def before_the_first_byte(event: str, _info: Mapping[str, Any]) -> None:
    """For the request extension `trace` of httpx: httpcore tells of each step before it takes it.

    Raising here, httpcore closes the connection, which may have waited idle and has sent nothing of this.
    """
    if event.endswith(".send_request_headers.started"):
        check()
