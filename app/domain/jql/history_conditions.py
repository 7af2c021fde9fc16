"""WAS and CHANGED as conditions of a plan."""

from datetime import datetime, timedelta
from typing import Literal, cast

from app.domain.jql.catalogue import STATUS_CATEGORY
from app.domain.jql.operands import WHEN, Operands
from app.domain.jql.plan import Changed, Condition, Kind, Side, Subject, Was, Window, folded
from app.domain.jql.terms import terms_of_value
from app.domain.jql.tree import Predicate, Value

_NEVER_CHANGED = {"created", "updated", "key", "votes", "watches", "workratio"}


class HistoryConditions(Operands):
    """One condition on a history."""

    def _was(self, subject: Subject) -> Condition:
        if subject is STATUS_CATEGORY or subject.field in _NEVER_CHANGED or not _has_values(subject):
            raise self._unsupported()
        values, blank = self._values(subject, self.clause.operand)
        terms = frozenset(term for each in values for term in self._history_terms(subject, each))
        window, by = self._predicates(self.clause.predicates)
        return Was(subject, terms, blank, window, by, holds=self.holds)

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
        window, by = self._predicates(self.clause.predicates)
        return Changed(subject, window, before, after, by, holds=self.holds)

    def _side(self, subject: Subject, name: Literal["from", "to"]) -> Side | None:
        sides = [self._values(subject, each.operand) for each in self.clause.predicates if each.name == name]
        if not any(values or blank for values, blank in sides):
            return None
        terms = (self._history_terms(subject, each) for values, _ in sides for each in values)
        return Side(frozenset().union(*terms), any(blank for _, blank in sides))

    def _predicates(self, predicates: tuple[Predicate, ...]) -> tuple[Window, frozenset[str] | None]:
        start: list[datetime] = []
        end: list[datetime] = []
        by: frozenset[str] | None = None
        for each in predicates:
            if each.name == "by":
                named = (one for one in self._operands(each.operand) if isinstance(one, Value))
                people = frozenset().union(*(self.catalogue.accounts(one.value) for one in named))
                by = people if by is None else by & people
            elif each.name not in {"from", "to"}:
                first, last = self._span(each)
                start += [first] if first else []
                end += [last] if last else []
        return Window(max(start, default=None), min(end, default=None)), by

    def _span(self, predicate: Predicate) -> tuple[datetime | None, datetime | None]:
        """AFTER and BEFORE leave the instant out, DURING is from one to the other, ON is the day of it."""
        values = [each for each in self._operands(predicate.operand) if isinstance(each, Value)]
        wanted = 2 if predicate.name == "during" else 1
        if len(values) != wanted:
            fault = f"{predicate.name.upper()} takes {'two dates: (a, b)' if wanted > 1 else 'one date'}."
            raise self._wrong(self.clause.operator_position, fault)
        instants = [cast("datetime", self._bound(WHEN, each)) for each in values]
        if predicate.name == "after":
            return instants[0] + timedelta(microseconds=1), None
        if predicate.name == "before":
            return None, instants[0]
        if predicate.name == "during":
            return instants[0], instants[1] + timedelta(microseconds=1)
        return self._day_of(instants[0])


def _has_values(subject: Subject) -> bool:
    """Whether a history of the field tells values that a query can name."""
    return subject.kind in {Kind.KEYED, Kind.PARENT, Kind.NUMBER, Kind.DATE} or subject.field == "summary"
