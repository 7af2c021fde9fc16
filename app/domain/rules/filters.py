"""Filters of templates that differ from Jinja's own of that name."""

from collections.abc import Iterable
from typing import Any

from jinja2 import pass_eval_context
from jinja2.filters import do_join, do_round, make_attrgetter
from jinja2.nodes import EvalContext

from app.domain.rules.empty import EMPTY

LONGEST = 32_767
"""Characters of a rendered text: what Jira takes as a comment."""
_MOST_DIGITS = 20


@pass_eval_context
def joined(context: EvalContext, value: Iterable[Any], d: str = "", attribute: str | None = None) -> str:
    """As Jinja's `join`, but for what gets longer than any text may be."""
    own = make_attrgetter(context.environment, attribute) if attribute is not None else None
    parts = [str(each if own is None else own(each)) for each in value]
    if sum(map(len, parts)) + len(parts) * len(str(d)) > LONGEST:
        message = f"what is joined becomes longer than {LONGEST} characters"
        raise ValueError(message)
    return str(do_join(context, parts, str(d)))


def rounded(value: float, precision: int = 0, method: Any = "common") -> float:
    """As Jinja's `round`, which takes any power of ten."""
    if abs(precision) > _MOST_DIGITS:
        message = f"at most {_MOST_DIGITS} digits can be rounded to"
        raise ValueError(message)
    return do_round(value, precision, method)


def first(found: Iterable[Any]) -> Any:
    """The first item; nothing where there is none."""
    return next(iter(found), EMPTY)


def last(found: Iterable[Any]) -> Any:
    """Likewise the last one."""
    listed = list(found)
    return listed[-1] if listed else EMPTY
