"""Makes a plan out of a query: names become ids, functions become values, NOT goes into the operators."""

from difflib import get_close_matches

from app.domain.jql import issue_links, updated_by
from app.domain.jql.catalogue import AROUND, NOT_HELD, ONLY_SORTED, SYSTEM, Catalogue, find_subjects
from app.domain.jql.conditions import condition_of
from app.domain.jql.derived import SPECIAL, special_condition
from app.domain.jql.errors import JqlNotUnderstood, JqlRefused
from app.domain.jql.plan import Always, Both, Condition, Either, Key, Kind, Plan, Subject, folded
from app.domain.jql.ranks import GREATEST_FIRST, ranks
from app.domain.jql.tree import And, Clause, Field, Not, Operator, Or, Query, Sort, Terminal

_OPPOSITE = {
    Operator.EQUALS: Operator.NOT_EQUALS,
    Operator.LESS: Operator.GREATER_EQUALS,
    Operator.GREATER: Operator.LESS_EQUALS,
    Operator.LIKE: Operator.NOT_LIKE,
    Operator.IN: Operator.NOT_IN,
    Operator.IS: Operator.IS_NOT,
    Operator.WAS: Operator.WAS_NOT,
    Operator.WAS_IN: Operator.WAS_NOT_IN,
}
_PROPERTIES = "Properties of issues and projects are not held here."
_DEVELOPMENT = (
    "What code, builds and deployments say of an issue is not held here: Jira has it from other systems."
)
_OPPOSITE |= {opposite: operator for operator, opposite in _OPPOSITE.items()}


def plan(query: Query, catalogue: Catalogue) -> Plan:
    """What the query means on that site, at that instant, for that person.

    Raises:
        JqlNotUnderstood: a field, a value or a function that the site does not have; near names are told.
        JqlRefused: the store does not hold what would answer it.
    """
    checker = _Checker(query.text, catalogue)
    condition = Always(true=True) if query.where is None else checker.condition(query.where, holds=True)
    return Plan(condition, checker.order(query.order_by))


class _Checker:
    def __init__(self, text: str, catalogue: Catalogue) -> None:
        self.text = text
        self.catalogue = catalogue

    def condition(self, clause: Clause, *, holds: bool) -> Condition:
        if isinstance(clause, Not):
            return self.condition(clause.clause, holds=not holds)
        if isinstance(clause, And | Or):
            parts = tuple(self.condition(each, holds=holds) for each in clause.clauses)
            return Both(parts) if isinstance(clause, And) == holds else Either(parts)
        return self._terminal(clause, holds=holds)

    def _terminal(self, clause: Terminal, *, holds: bool) -> Condition:
        operator = clause.operator if holds else _OPPOSITE.get(clause.operator, clause.operator)
        name = folded(clause.field.name)
        is_special = name in SPECIAL and not clause.field.is_custom_id
        if is_special and not find_subjects(name, self.catalogue):
            return special_condition(clause, operator, self.catalogue, self.text)
        if self._is_about_links(clause.field):
            return issue_links.condition(clause, operator, self.catalogue, self.text)
        if name in {"text", "textfields"} and not clause.field.is_custom_id:
            subjects = self._all_texts(comments=name == "text")
        else:
            subjects = self.subjects(clause.field)
        if updated_by.is_asked(clause):
            return updated_by.condition(clause, operator, subjects, self.catalogue, self.text)
        changed_holds = holds or operator is not Operator.CHANGED
        try:
            return condition_of(clause, operator, subjects, self.catalogue, self.text, holds=changed_holds)
        except OverflowError as error:
            fault = "A date of this condition leads out of the years 1 to 9999. Write a nearer one."
            raise JqlNotUnderstood(self.text, clause.operator_position, fault) from error

    def _is_about_links(self, field: Field) -> bool:
        known = self.catalogue
        return issue_links.is_asked(field, known) and not find_subjects(field.name, known)

    def _all_texts(self, *, comments: bool) -> list[Subject]:
        """Summary, description, environment, the text fields of the site, and comments if they are meant."""
        custom = [
            subject
            for field in self.catalogue.fields
            for subject in find_subjects(field.id, self.catalogue)
            if subject.kind is Kind.TEXT
        ]
        beside = [AROUND["comment"]] if comments and self.catalogue.has_surroundings else []
        return [SYSTEM["summary"], SYSTEM["description"], SYSTEM["environment"], *beside, *custom]

    def subjects(self, field: Field) -> list[Subject]:
        """The fields that are meant.

        Raises:
            JqlNotUnderstood: none has that name.
            JqlRefused: Jira has one, the store does not hold it.
        """
        if field.properties:
            what = _DEVELOPMENT if folded(field.name) == "development" else _PROPERTIES
            raise JqlRefused(self.text, field.position, what)
        found = find_subjects(field.name, self.catalogue, is_custom_id=field.is_custom_id)
        if found:
            return found
        name = folded(field.name)
        if name in AROUND and not field.is_custom_id:
            if not self.catalogue.has_surroundings:
                fault = (
                    f"{field.text} is answered by searches of the present only, because it has no history."
                )
                raise JqlRefused(self.text, field.position, fault)
            return [AROUND[name]]
        if name in NOT_HELD and not field.is_custom_id:
            fault = f"{field.text} cannot be answered here: the store does not hold {NOT_HELD[name]}."
            raise JqlRefused(self.text, field.position, fault)
        known = {each: each for each in (*SYSTEM, *AROUND, *SPECIAL, "text")}
        known |= {folded(each.name): each.name for each in self.catalogue.fields}
        near = [known[each] for each in get_close_matches(name, known, n=3)]
        hint = f" Did you mean {', '.join(near)}?" if near else ""
        raise JqlNotUnderstood(self.text, field.position, f"There is no field {field.text}.{hint}")

    def order(self, sorts: tuple[Sort, ...]) -> tuple[Key, ...]:
        """The fields to order by; one that stands there again, be it by another name, decides nothing."""
        keys: dict[Subject, Key] = {}
        for key in (key for sort in sorts for key in self._keys(sort)):
            keys.setdefault(key.subject, key)
        return tuple(keys.values())

    def _keys(self, sort: Sort) -> list[Key]:
        """Of one field, or of all that share the name, one after the other."""
        found = []
        for subject in self._sorted_by(sort.field):
            descending = subject.field in GREATEST_FIRST if sort.descending is None else sort.descending
            found.append(Key(subject, descending, ranks(subject, self.catalogue)))
        return found

    def _sorted_by(self, field: Field) -> list[Subject]:
        name = folded(field.name)
        if name in ONLY_SORTED and not find_subjects(name, self.catalogue):
            fault = f"Nothing that is held here has the order of {field.text}. Sort by another field."
            raise JqlRefused(self.text, field.position, fault)
        rank = self.catalogue.rank_field
        if name == "rank" and not field.is_custom_id and rank:
            return [Subject(rank, Kind.TEXT, frozenset({rank}))]
        subjects = self.subjects(field)
        if not set(AROUND.values()).isdisjoint(subjects):
            raise JqlNotUnderstood(self.text, field.position, f"Nothing can be sorted by {field.text}.")
        return subjects
