"""What is wrong with the store itself, and how it is said."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app.errors import StoreUnavailable

_GAVE_WAY = frozenset({"40P01", "40001"})
"""PostgreSQL's words for a deadlock and for what could not be told apart in time."""
_REFUSALS = ("25P02", "54")
"""How its words for a statement begin that comes no further when it is tried again: one after another that
was refused, and one with values beyond a limit of its own."""


def describe(error: Exception) -> str:
    """What is wrong, without the statement and its values: those are issue content."""
    if not isinstance(error, DBAPIError) or error.orig is None:
        return f"{type(error).__name__}: {error}"
    diagnosis = getattr(error.orig, "diag", None)
    said = getattr(diagnosis, "message_primary", None) or str(error.orig).strip() or "no message"
    return f"{type(error.orig).__name__}: {said.splitlines()[0]}"


def is_store_fault(error: Exception) -> bool:
    """Whether the store itself is in trouble, rather than a statement or its values being wrong."""
    if isinstance(error, IntegrityError | DataError | ProgrammingError):
        return False
    if isinstance(error, DBAPIError) and str(getattr(error.orig, "sqlstate", "")).startswith(_REFUSALS):
        return False
    return isinstance(error, DBAPIError | PoolTimeout | OSError)


def gave_way(error: StoreUnavailable) -> bool:
    """Whether it was undone so that another could go on: tried again, it will most likely pass."""
    cause = error.__cause__
    return isinstance(cause, DBAPIError) and getattr(cause.orig, "sqlstate", None) in _GAVE_WAY


@contextmanager
def named_errors() -> Iterator[None]:
    """Faults of the store itself get our name; others stay what they are."""
    try:
        yield
    except Exception as error:
        if not is_store_fault(error):
            raise
        raise StoreUnavailable(f"The store does not answer: {describe(error)}") from error
