"""WAS and CHANGED as conditions of a plan."""

from datetime import datetime, timedelta
from typing import Literal, cast

from app.domain.jql.catalogue import STATUS_CATEGORY
from app.domain.jql.dates import span_of
from app.domain.jql.operands import WHEN, Operands
from app.domain.jql.plan import (
    NOBODY,
    Both,
    Changed,
    Condition,
    Either,
    Kind,
    Side,
    Subject,
    Was,
    Window,
    folded,
)
from app.domain.jql.terms import terms_of_value
from app.domain.jql.tree import Predicate, Value

_INSTANT = timedelta(microseconds=1)
"""What an instant takes that is no more than that."""
_NEVER_CHANGED = {"created", "updated", "key", "votes", "watches", "workratio"}


class HistoryConditions(Operands):
    """One condition on a history."""

    def _was(self, subject: Subject) -> Condition:
        if subject is STATUS_CATEGORY or subject.field in _NEVER_CHANGED or not _has_values(subject):
            raise self._unsupported()
        values, blank = self._values(subject, self.clause.operand)
        terms = frozenset(term for each in values for term in self._history_terms(subject, each))
        windows, by = self._windows(self.clause.predicates)
        return self._any_of([Was(subject, terms, blank, each, by, holds=self.holds) for each in windows])

    def _history_terms(self, subject: Subject, given: Value) -> frozenset[str]:
        """Ids, and the name as it was given: histories keep the name of their time, which may be gone now."""
        said = folded(given.value)
        if subject.kind in {Kind.KEYED, Kind.PARENT}:
            found = terms_of_value(subject, given, self.catalogue)
            return (frozenset() if isinstance(found, str) else found) | {said}
        if subject.kind is Kind.NUMBER:
            number = self._number(subject, given).normalize()
            return frozenset(
                {said, f"{number:f}", f"{number:f}.0" if number == number.to_integral() else said}
            )
        if subject.kind is Kind.DATE:
            bound = self._bound(subject, given)
            assert isinstance(bound, datetime)
            return frozenset({said, bound.astimezone(self.catalogue.zone).date().isoformat()})
        return frozenset({said})

    def _changed(self, subject: Subject) -> Condition:
        if subject.field in _NEVER_CHANGED | {"creator"} or subject is STATUS_CATEGORY:
            raise self._unsupported()
        before, after = self._side(subject, "from"), self._side(subject, "to")
        windows, by = self._windows(self.clause.predicates)
        return self._any_of([Changed(subject, each, before, after, by, holds=self.holds) for each in windows])

    def _any_of(self, parts: list[Condition]) -> Condition:
        if len(parts) == 1:
            return parts[0]
        return Either(tuple(parts)) if self.holds else Both(tuple(parts))

    def _side(self, subject: Subject, name: Literal["from", "to"]) -> Side | None:
        sides = [self._values(subject, each.operand) for each in self.clause.predicates if each.name == name]
        if not any(values or blank for values, blank in sides):
            return None
        terms = (self._history_terms(subject, each) for values, _ in sides for each in values)
        return Side(frozenset().union(*terms), any(blank for _, blank in sides))

    def _windows(self, predicates: tuple[Predicate, ...]) -> tuple[tuple[Window, ...], frozenset[str] | None]:
        """In one of which it was, and by whom; of several ON names one is enough."""
        windows: tuple[Window, ...] = (Window(),)
        by: frozenset[str] | None = None
        for each in predicates:
            if each.name == "by":
                named = self._people(each)
                by = named if by is None else by & named
            elif each.name not in {"from", "to"}:
                spans = self._spans(each)
                windows = tuple(_within(window, span) for window in windows for span in spans)
        return windows, by

    def _people(self, predicate: Predicate) -> frozenset[str]:
        """Their accounts; EMPTY is whoever was not signed in."""
        accounts = (
            self.catalogue.accounts(one.value) if isinstance(one, Value) else frozenset({NOBODY})
            for one in self._operands(predicate.operand)
        )
        return frozenset().union(*accounts)

    def _spans(self, predicate: Predicate) -> list[Window]:
        """Days, hours and minutes are meant whole: AFTER begins behind them, BEFORE ends with their begin,
        DURING is from the begin of one to the end of the other.
        """
        spans = [self._span(each) for each in self._operands(predicate.operand) if isinstance(each, Value)]
        wanted = 2 if predicate.name == "during" else 1
        if len(spans) != wanted and not (predicate.name == "on" and spans):
            fault = f"{predicate.name.upper()} takes {'two dates: (a, b)' if wanted > 1 else 'one date'}."
            raise self._wrong(self.clause.operator_position, fault)
        if predicate.name == "after":
            return [Window(spans[0][1], None)]
        if predicate.name == "before":
            return [Window(None, spans[0][0])]
        if predicate.name == "during":
            return [Window(spans[0][0], spans[1][1])]
        return [Window(*(each if each[1] - each[0] > _INSTANT else self._day_of(each[0]))) for each in spans]

    def _span(self, given: Value) -> tuple[datetime, datetime]:
        instant = cast("datetime", self._bound(WHEN, given))
        said = None if given.is_number else span_of(given.value, instant, zone=self.catalogue.zone)
        return said or (instant, instant + _INSTANT)


def _within(one: Window, other: Window) -> Window:
    starts = [each.start for each in (one, other) if each.start is not None]
    ends = [each.end for each in (one, other) if each.end is not None]
    return Window(max(starts, default=None), min(ends, default=None))


def _has_values(subject: Subject) -> bool:
    """Whether a history of the field tells values that a query can name."""
    return subject.kind in {Kind.KEYED, Kind.PARENT, Kind.NUMBER, Kind.DATE} or subject.field == "summary"
