"""What stands behind the operator of a condition: values, functions, dates and numbers."""

from datetime import datetime, timedelta
from decimal import Decimal

from app.domain.jql.catalogue import DURATIONS, Catalogue
from app.domain.jql.dates import read_instant, read_seconds
from app.domain.jql.errors import JqlNotUnderstood, JqlRefused
from app.domain.jql.functions import call, is_function
from app.domain.jql.plan import Kind, Subject, folded
from app.domain.jql.tree import Call, Empty, Listed, Operand, Operator, Terminal, Value
from app.domain.jql.words import never_held
from app.domain.scrum.numbers import number_said

NEGATIVE = {
    Operator.NOT_EQUALS,
    Operator.NOT_IN,
    Operator.IS_NOT,
    Operator.NOT_LIKE,
    Operator.WAS_NOT,
    Operator.WAS_NOT_IN,
}
_NAMED = frozenset({Kind.KEYED, Kind.PARENT})
WHEN = Subject("", Kind.INSTANT, frozenset())
"""An instant that is of no field."""


class Operands:
    """Of one condition.

    Attributes:
        holds: whether it is what the operator says, or its opposite (`!=`).
    """

    def __init__(
        self, clause: Terminal, operator: Operator, catalogue: Catalogue, text: str, holds: bool
    ) -> None:
        self.clause = clause
        self.operator = operator
        self.catalogue = catalogue
        self.text = text
        self.holds = holds and operator not in NEGATIVE

    def _wrong(self, position: int, fault: str) -> JqlNotUnderstood:
        return JqlNotUnderstood(self.text, position, fault)

    def _unsupported(self, way_out: str = "") -> JqlNotUnderstood:
        fault = f"{self.clause.field.text} does not support {self.clause.operator.upper()}.{way_out}"
        return self._wrong(self.clause.operator_position, fault)

    def _values(self, subject: Subject, operand: Operand | None) -> tuple[list[Value], bool]:
        """The values, and whether EMPTY is among them; a resolution `Unresolved` is none."""
        operands = self._operands(operand)
        if subject.kind in _NAMED and not self.catalogue.allows_empty_texts:
            self._need_names(operands)
        values = [
            each
            for each in operands
            if isinstance(each, Value)
            and not (subject.field == "resolution" and folded(each.value) == "unresolved")
        ]
        return values, len(values) < len(operands)

    def _need_names(self, operands: list[Value | Empty]) -> None:
        for each in operands:
            if isinstance(each, Value) and not folded(each.value):
                fault = f"{each.text} names nothing. For issues without a value write IS EMPTY."
                raise self._wrong(each.position, fault)

    def _operands(self, operand: Operand | None) -> list[Value | Empty]:
        if isinstance(operand, Listed):
            return [found for each in operand.operands for found in self._operands(each)]
        if isinstance(operand, Call):
            return list(call(operand, self.catalogue, self.text))
        if isinstance(operand, Value) and (character := never_held(operand.value)):
            fault = (
                f"No text in the store holds U+{ord(character):04X}, so nothing can be equal. Leave it out."
            )
            raise JqlRefused(self.text, operand.position, fault)
        return [] if operand is None else [operand]

    def _bound(self, subject: Subject, given: Value) -> Decimal | datetime:
        if subject.kind is Kind.NUMBER:
            return self._number(subject, given)
        known = self.catalogue
        is_quoted = not given.is_number
        found = read_instant(given.value, now=known.now, zone=known.zone, is_quoted=is_quoted)
        if found is None:
            way_out = 'Write "2026-01-31", "2026-01-31 14:30" or -2w.'
            if is_function(given.value):
                way_out = f"The function is written {given.value}()."
            fault = f"{given.text} is no date. {way_out}"
            raise self._wrong(given.position, fault)
        return found

    def _number(self, subject: Subject, given: Value) -> Decimal:
        if subject.field in DURATIONS and (seconds := read_seconds(given.value)) is not None:
            return Decimal(seconds)
        number = number_said(given.value)
        if number is None:
            fault = (
                f"{given.text} is no number, which {self.clause.field.text} holds. Write one like 3 or 2.5."
            )
            raise self._wrong(given.position, fault)
        return number

    def _day_of(self, instant: datetime) -> tuple[datetime, datetime]:
        """Its begin and its end, in the zone of who asks."""
        local = instant.astimezone(self.catalogue.zone)
        day = local.replace(hour=0, minute=0, second=0, microsecond=0)
        following = (day.replace(tzinfo=None) + timedelta(days=1)).replace(tzinfo=self.catalogue.zone)
        return day, following
