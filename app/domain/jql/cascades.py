"""Cascading selects: a parent option, and perhaps a child option below it."""

from collections.abc import Sequence
from dataclasses import replace

from app.domain.jql.plan import Blank, Both, Condition, Either, Has, Subject, folded
from app.domain.jql.tree import Call, Listed, Operand, Value

FUNCTION = "cascadeoption"
TIERS = 2
USAGE = "cascadeOption() takes a parent and perhaps a child, and stands behind IN."
_NO_OPTION = "none"


def named(subject: Subject, given: Value, *, holds: bool) -> Condition:
    """Whether an option is chosen, as the parent or as the child."""
    terms, child = frozenset({folded(given.value)}), _child(subject)
    if holds:
        return Either((Has(subject, terms), Has(child, terms)))
    return Both((Has(subject, terms, holds=False), Either((Blank(child), Has(child, terms, holds=False)))))


def chosen(subject: Subject, arguments: Sequence[Value], *, holds: bool) -> Condition:
    r"""Whether these are the parent and the child; one or two, `none` stands for no option.

    An option that is called none is written `"\"none\""` (Atlassian's page on functions).
    """
    parent, child = arguments[0], (arguments[1] if len(arguments) > 1 else None)
    if _is_none(parent):
        return Blank(subject, holds=holds)
    is_parent = Has(subject, _terms(parent), holds=holds)
    if child is None:
        return is_parent
    below = _child(subject)
    is_child = Blank(below, holds=holds) if _is_none(child) else Has(below, _terms(child), holds=holds)
    if holds:
        return Both((is_parent, is_child))
    without = () if _is_none(child) else (Blank(below),)
    return Both((Blank(subject, holds=False), Either((is_parent, is_child, *without))))


def calls_in(operand: Operand | None) -> tuple[list[Call], Operand | None]:
    """The calls of `cascadeOption`, and what else is there."""
    if isinstance(operand, Listed):
        calls = [each for each in operand.operands if isinstance(each, Call) and _is_ours(each)]
        return calls, Listed(tuple(each for each in operand.operands if each not in calls))
    return ([operand], None) if isinstance(operand, Call) and _is_ours(operand) else ([], operand)


def _is_ours(call: Call) -> bool:
    return folded(call.name.value) == FUNCTION


def _child(subject: Subject) -> Subject:
    return replace(subject, part="child")


def _is_none(given: Value) -> bool:
    return folded(given.value) == _NO_OPTION


def _terms(given: Value) -> frozenset[str]:
    said = given.value
    if len(said) > 1 and said[0] == said[-1] == '"':
        said = said[1:-1]
    return frozenset({folded(said)})
