"""What has no value: in Jira an empty text, and so is every part of it."""

from typing import Any

from jinja2 import Undefined


class Empty(Undefined):
    """Templates see it as not defined, so that `default` gives it a value, and never refuse it.

    It writes itself as nothing, has no items, is false, and is neither less nor greater than anything.
    """

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return other is None or other == "" or isinstance(other, Empty)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash("")

    def _is_not(self, other: object) -> bool:  # noqa: ARG002 - whatever it is
        return False

    __lt__ = __le__ = __gt__ = __ge__ = _is_not  # type: ignore[assignment]

    def __add__(self, other: Any) -> Any:
        """As an empty text; there is no adding to a number that there is not."""
        return other if isinstance(other, str) else super().__add__(other)

    def __radd__(self, other: Any) -> Any:
        return other if isinstance(other, str) else super().__radd__(other)

    def __float__(self) -> float:  # type: ignore[override]
        message = "what is empty is no number"
        raise ValueError(message)  # which `float` and `int` of templates know what to do with

    def __int__(self) -> int:  # type: ignore[override]
        return int(float(self))


EMPTY = Empty("what is reckoned with here is empty; `| default(…)` gives it a value")
