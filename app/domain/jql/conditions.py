"""One condition of a query as conditions of a plan, by the kind of its field."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import cast

from app.domain.jql import cascades
from app.domain.jql.catalogue import AROUND, COUNTS, Catalogue
from app.domain.jql.history_conditions import HistoryConditions
from app.domain.jql.lucene import NotLucene
from app.domain.jql.operands import NEGATIVE, WHEN
from app.domain.jql.ordered import Ordered, has_order
from app.domain.jql.plan import (
    Always,
    Blank,
    Both,
    Compare,
    Comparison,
    Condition,
    Either,
    Has,
    Kind,
    Logged,
    Matches,
    Subject,
    Window,
    folded,
)
from app.domain.jql.terms import terms_of_value
from app.domain.jql.text_search import sought
from app.domain.jql.tree import Empty, Operator, Terminal, Value

_COMPARING = {Operator.LESS, Operator.LESS_EQUALS, Operator.GREATER, Operator.GREATER_EQUALS}
_IN = {Operator.IN, Operator.NOT_IN}
_WAS = {Operator.WAS, Operator.WAS_NOT, Operator.WAS_IN, Operator.WAS_NOT_IN}
_IS = {Operator.IS, Operator.IS_NOT, Operator.EQUALS, Operator.NOT_EQUALS}
_EQUAL, _UNEQUAL = {Operator.EQUALS, Operator.IN}, {Operator.NOT_EQUALS, Operator.NOT_IN}
_LOGGED = {"worklogAuthor", "worklogDate"}
_MAY_BE_BLANK = tuple(AROUND[each] for each in ("attachments", "issuelinktype", "worklogauthor"))
_MINUTE = timedelta(minutes=1)


def condition_of(
    clause: Terminal,
    operator: Operator,
    subjects: list[Subject],
    catalogue: Catalogue,
    text: str,
    *,
    holds: bool,
) -> Condition:
    """A terminal clause whose NOT is already in its operator; CHANGED has none, so `holds` tells."""
    reader = _Reader(clause, operator, catalogue, text, holds)
    if operator in {Operator.LIKE, Operator.NOT_LIKE}:
        return reader.like(subjects)
    parts = tuple(reader.one(subject) for subject in subjects)
    if len(parts) == 1:
        return parts[0]
    return Both(parts) if operator in NEGATIVE else Either(parts)


class _Reader(HistoryConditions):
    """One condition: on the present, beside issues, or on a history."""

    def like(self, subjects: list[Subject]) -> Condition:
        operand = self.clause.operand
        if isinstance(operand, Empty) and subjects == [AROUND["comment"]]:
            raise self._unsupported(" Write a text.")
        if isinstance(operand, Empty):
            parts = tuple(Blank(each, holds=self.holds) for each in subjects)
            return Both(parts) if self.holds else Either(parts)
        if not isinstance(operand, Value):
            raise self._unsupported(" Write a text.")
        if subjects[0].is_version:
            ordered = Ordered(self.clause, subjects[0], self.catalogue, self.text)
            return ordered.like(operand, holds=self.holds)
        if any(subject.kind is not Kind.TEXT and not subject.has_texts for subject in subjects):
            raise self._unsupported(" It is for texts; write = or IN.")
        language = self.catalogue.language
        try:
            sought(operand.value, language)
        except NotLucene as error:
            raise self._wrong(operand.position, f"{operand.text}: {error}") from error
        return Matches(tuple(subjects), operand.value, language, holds=self.holds)

    def around(self, subject: Subject) -> Condition:
        """What is held beside issues has fewer operators: those whose meaning Jira's documentation tells."""
        operands = self._operands(self.clause.operand)
        values = [each for each in operands if isinstance(each, Value)]
        is_blank = bool(operands) and not values
        if subject in _MAY_BE_BLANK and self.operator in _IS and is_blank:
            return Blank(subject, holds=self.holds)
        if subject is AROUND["worklogdate"] and self.operator in _IS and is_blank:
            return Blank(AROUND["worklogauthor"], holds=self.holds)  # whoever logged work did so on a day
        equal = self.operator in _EQUAL and values and len(values) == len(operands)
        if subject is AROUND["issuelinktype"] and (equal or self.operator in _UNEQUAL) and values:
            marks = (self._link_marks(each) for each in values)
            found = frozenset().union(*marks)
            if self.holds:
                return Has(subject, found)
            # "This query will also return issues with no links at all" (Atlassian's page on fields).
            return Either((Blank(subject), Has(subject, found, holds=False)))
        if subject.field in _LOGGED and values and len(values) == len(operands):
            return self._logged(subject, values)
        raise self._unsupported()

    def _logged(self, subject: Subject, values: list[Value]) -> Condition:
        """Of several worklogs one is enough for `=`, and too many for `!=`, as of any field with several."""
        if subject is AROUND["worklogauthor"] and self.operator in _EQUAL | _UNEQUAL:
            people = frozenset().union(*(self.catalogue.accounts(each.value) for each in values))
            return Logged(by=people, holds=self.holds)
        if subject is AROUND["worklogdate"] and (
            self.operator in _EQUAL | _UNEQUAL or (self.operator in _COMPARING and len(values) == 1)
        ):
            parts = tuple(Logged(self._days(each), holds=self.holds) for each in values)
            return Either(parts) if self.holds else Both(parts)
        raise self._unsupported()

    def _link_marks(self, given: Value) -> frozenset[str]:
        marks = self.catalogue.link_marks(given.value, is_folded=True)
        if marks:
            return frozenset(marks)
        known = sorted({said for each in self.catalogue.link_types for said in (each.outward, each.inward)})
        raise self._wrong(
            given.position, f"No link is described as {given.text}. There are: {', '.join(known)}."
        )

    def _days(self, given: Value) -> Window:
        """The instants from the day on, up to it, or of it."""
        bound = self._bound(WHEN, given)
        assert isinstance(bound, datetime)
        day, following = self._day_of(bound)
        windows = {
            Operator.LESS: Window(None, day),
            Operator.LESS_EQUALS: Window(None, following),
            Operator.GREATER: Window(following, None),
            Operator.GREATER_EQUALS: Window(day, None),
        }
        return windows.get(self.operator, Window(day, following))

    def one(self, subject: Subject) -> Condition:
        """The condition on one field."""
        return self.around(subject) if subject in AROUND.values() else self.within(subject)

    def within(self, subject: Subject) -> Condition:
        """What an issue's own fields and history tell."""
        if self.operator is Operator.CHANGED:
            return self._changed(subject)
        if self.operator in _WAS:
            return self._was(subject)
        if subject.is_cascade and self.operator not in _COMPARING:
            return self._cascade(subject)
        values, blank = self._values(subject, self.clause.operand)
        if subject.kind is Kind.TEXT and values:
            raise self._unsupported(" Texts are searched with ~.")
        if self.operator in _COMPARING:
            return self._compare(subject, values)
        parts = list(self._equal(subject, values)) if values else []
        if blank:
            parts.append(self._blank(subject))
        return self._joined(subject, parts)

    def _joined(self, subject: Subject, parts: list[Condition]) -> Condition:
        if not parts:
            return self._equal_to_nothing(subject)
        if len(parts) == 1:
            return parts[0]
        return Either(tuple(parts)) if self.holds else Both(tuple(parts))

    def _cascade(self, subject: Subject) -> Condition:
        calls, others = cascades.calls_in(self.clause.operand)
        for each in calls:
            if self.operator not in _IN or not 1 <= len(each.arguments) <= cascades.TIERS:
                raise self._wrong(each.position, cascades.USAGE)
        values, blank = self._values(subject, others)
        parts = [cascades.chosen(subject, each.arguments, holds=self.holds) for each in calls]
        parts += [cascades.named(subject, each, holds=self.holds) for each in values]
        return self._joined(subject, parts + ([self._blank(subject)] if blank else []))

    def _blank(self, subject: Subject) -> Condition:
        if subject in COUNTS.values():
            return Compare(subject, "<=" if self.holds else ">", Decimal(0))
        return Blank(subject, holds=self.holds)

    def _equal_to_nothing(self, subject: Subject) -> Condition:
        """A function without results: IN is false, NOT IN is true where there is a value."""
        return Always(true=False) if self.holds else Blank(subject, holds=False)

    def _equal(self, subject: Subject, values: list[Value]) -> list[Condition]:
        if subject.kind in {Kind.KEYED, Kind.ISSUE, Kind.PARENT}:
            terms = frozenset(term for each in values for term in self._terms(subject, each))
            found = Has(subject, terms, holds=self.holds) if terms else self._equal_to_nothing(subject)
            is_of_parents = subject.kind is Kind.PARENT and folded(self.clause.field.name) == "parent"
            # Whoever has no parent is no child of that one: so Jira's search has it, unlike other fields.
            return [found if self.holds or not is_of_parents else Either((Blank(subject), found))]
        return [self._equal_bound(subject, self._bound(subject, each)) for each in values]

    def _equal_bound(self, subject: Subject, bound: Decimal | datetime) -> Condition:
        """Instants are equal to the minute, dates to the day."""
        pairs: list[tuple[str, Decimal | date]]
        if subject.kind is Kind.DATE:
            assert isinstance(bound, datetime)
            day = bound.astimezone(self.catalogue.zone).date()
            inside, outside = (">=", "<="), ("<", ">")
            pairs = (
                [(inside[0], day), (inside[1], day)] if self.holds else [(outside[0], day), (outside[1], day)]
            )
        elif isinstance(bound, datetime):
            end = bound + _MINUTE
            pairs = [(">=", bound), ("<", end)] if self.holds else [("<", bound), (">=", end)]
        else:
            signs = (">=", "<=") if self.holds else ("<", ">")
            pairs = [(sign, bound) for sign in signs]
        parts = tuple(Compare(subject, cast("Comparison", sign), limit) for sign, limit in pairs)
        return Both(parts) if self.holds else Either(parts)

    def _terms(self, subject: Subject, given: Value) -> frozenset[str]:
        found = terms_of_value(subject, given, self.catalogue)
        if isinstance(found, str):
            raise self._wrong(given.position, found)
        return found

    def _compare(self, subject: Subject, values: list[Value]) -> Condition:
        if len(values) != 1:
            raise self._unsupported(" It takes one value.")
        comparison = cast("Comparison", str(self.operator))
        ordered = Ordered(self.clause, subject, self.catalogue, self.text)
        if has_order(subject):
            return ordered.compare(values[0], comparison)
        if subject.kind is Kind.ISSUE:
            return ordered.key(values[0], comparison)
        if subject.kind in {Kind.KEYED, Kind.PARENT}:
            raise self._unsupported(" Write = or IN.")
        bound = self._bound(subject, values[0])
        if subject.kind is Kind.DATE and isinstance(bound, datetime):
            # "The due date relates to the date only, not to the time" (Atlassian's page on fields).
            return Compare(subject, comparison, bound.astimezone(self.catalogue.zone).date())
        return Compare(subject, comparison, bound)
