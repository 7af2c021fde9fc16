"""The other interpreter of plans: one SQL statement over all issues of a site."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

import msgspec
from sqlalchemy import Connection, TextClause, bindparam, text

from app.domain.jql.catalogue import AROUND, KEY_NUMBER, WORK_RATIO
from app.domain.jql.order import MOST_DIGITS
from app.domain.jql.plan import (
    Always,
    Blank,
    Both,
    Changed,
    Compare,
    Condition,
    Either,
    Has,
    Key,
    Kind,
    Logged,
    Matches,
    Plan,
    Subject,
    Touched,
    Was,
)
from app.domain.scrum.issue_terms import END, PARTS, SPRINT, marked
from app.store.jql_dialects import Postgresql, Sqlite
from app.store.jql_history import CREATOR, Histories, within
from app.store.jql_restricted import Restricted
from app.store.jql_texts import ALL, PUBLIC, Texts, beside
from app.store.restricted import NOTHING_HIDDEN, Hidden
from app.store.sites import Site
from app.store.types import Instant

_THINGS = {Kind.KEYED, Kind.ISSUE, Kind.PARENT}
_FEW = 6
"""So many terms are looked for one after the other."""
_MANY = 5_000
"""So many rows are read in order faster than looked up one by one."""
_SOME = 10_000
"""So many histories are looked at one by one faster than the changes of a field are read."""
_HERE = "SELECT 1 FROM issues i WHERE i.site_id = :site AND {}"
_parameters = re.compile(r":(p\d+)").findall
_DOCUMENT, _HISTORY = 3, 5
"""The costs of what needs documents, and of what needs histories."""
COLUMNS = {
    "created": "i.created",
    "updated": "i.updated",
    "resolutiondate": "i.resolved_at",
    "duedate": "i.due_on",
    "timeoriginalestimate": "i.original_seconds",
    "timeestimate": "i.remaining_seconds",
    "timespent": "i.spent_seconds",
}
"""Fields that have a column, which is read as `app.domain.jql.memory` reads the field."""
_IDS = {
    "priority": "i.priority_id",
    "status": "i.status_id",
    "resolution": "i.resolution_id",
    "project": "i.project_key",
}


def search(
    connection: Connection,
    site: Site,
    plan: Plan,
    *,
    limit: int | None = None,
    hidden: Hidden = NOTHING_HIDDEN,
    column: Literal["key", "id"] = "key",
    gone: bool = False,
) -> list[str]:
    """Keys of the issues that match, in order, or their ids.

    Args:
        connection: reading.
        site: whose.
        plan: of the query.
        limit: so many at most.
        hidden: what others say of these issues is not there; they are found all the same.
        column: what is wanted of each.
        gone: also those that were deleted, archived or moved out.
    """
    dialect = Sqlite() if connection.dialect.name == "sqlite" else Postgresql()
    compiler = _Compiler(dialect, site, connection, hidden)
    where = compiler.condition(plan.condition)
    order = compiler.order(plan.order)
    here = "i.site_id = :site" if gone else "i.site_id = :site AND i.deleted_at IS NULL"
    sql = f"SELECT i.{column} FROM issues i WHERE {here} AND {where} ORDER BY {order}"
    if limit is not None:
        sql += f" LIMIT {compiler.bind(limit)}"
    # As one document: a row for each of 40,000 keys takes as long as half of the search.
    found = connection.scalar(compiler.bound(dialect.as_list.format(column, sql)))
    return list(msgspec.json.decode(found))


_BESIDE = {"worklogAuthor": "worklogs", "attachment": "attachments"}


def in_line(subject: Subject) -> str | None:
    """How `issues.terms` names the field; None where it does not hold it."""
    if subject.is_sprint:
        return SPRINT
    return subject.field if subject.field in PARTS else None


def _cost(condition: Condition) -> int:
    """0 for columns with an index of their own, then columns, terms, documents, texts, histories."""
    match condition:
        case Has(subject) | Blank(subject) | Compare(subject):
            return _cost_of(subject)
        case Both(conditions) | Either(conditions):
            return max(map(_cost, conditions), default=0)
        case Matches() | Logged():
            return 4
        case Changed() | Touched():
            return _HISTORY
        case Was():
            return _HISTORY + 1
        case Always():
            return 0


def _cost_of(subject: Subject) -> int:
    if subject is KEY_NUMBER:
        return 1
    if subject.field == "project" or subject.kind is Kind.ISSUE:
        return 0
    if subject.field == "status" or subject.field in COLUMNS:
        return 1
    return 2 if in_line(subject) else _DOCUMENT


class _Compiler:
    def __init__(
        self, dialect: Sqlite | Postgresql, site: Site, connection: Connection, hidden: Hidden
    ) -> None:
        self.dialect = dialect
        self.tables = PUBLIC if hidden.limited else ALL
        self.site = site
        self.connection = connection
        self.parameters: list[Any] = []
        # Whether another condition already leaves few issues, so that each can be looked at.
        self.is_narrow = False
        # Conditions that hold wherever another one is asked.
        self.given = "1 = 1"
        self.restricted = Restricted(self, hidden)
        self.histories, self.texts = Histories(self), Texts(self)

    def bind(self, value: Any) -> str:
        name = f"p{len(self.parameters)}"
        kind = Instant() if isinstance(value, datetime) else None
        self.parameters.append(bindparam(name, value, type_=kind) if kind else bindparam(name, value))
        return f":{name}"

    def is_in(self, expression: str, values: Sequence[str]) -> str:
        return f"{expression} IN ({', '.join(self.bind(each) for each in values)})"

    def condition(self, condition: Condition) -> str:  # noqa: C901, PLR0911 - one for each kind of condition
        match condition:
            case Always(true):
                return "1 = 1" if true else "1 = 0"
            case Both(conditions):
                return self._both(conditions)
            case Either(conditions):
                return f"({' OR '.join(self.condition(each) for each in sorted(conditions, key=_cost))})"
            case Blank(subject, holds):
                return f"NOT {self.filled(subject)}" if holds else self.filled(subject)
            case Has(subject, terms, holds):
                found = self.has(subject, terms)
                return found if holds else f"({self.filled(subject)} AND NOT {found})"
            case Compare():
                return self._compare(condition)
            case Matches():
                return self.texts.matches(condition)
            case Logged():
                return self._logged(condition)
            case Touched():
                return self._touched(condition)
            case Was():
                found = self.histories.was(condition)
                return found if condition.holds else f"NOT {found}"
            case Changed():
                found = self.histories.changed(condition)
                return found if condition.holds else f"NOT {found}"

    def _both(self, conditions: Sequence[Condition]) -> str:
        """The cheap ones first: SQLite asks them in this order."""
        ordered = sorted(conditions, key=_cost)
        before = self.is_narrow
        self.is_narrow = before or any(isinstance(each, Has) and _cost(each) == 0 for each in conditions)
        cheap = [self.condition(each) for each in ordered if _cost(each) < _DOCUMENT]
        if cheap and not self.is_narrow and _cost(ordered[-1]) >= _HISTORY:
            self.is_narrow = self.are_few(_HERE.format(" AND ".join(cheap)), _SOME)
        given, self.given = self.given, " AND ".join([self.given, *cheap])
        others = [self.condition(each) for each in ordered[len(cheap) :]]
        self.is_narrow, self.given = before, given
        return f"({' AND '.join([*cheap, *others])})"

    def are_few(self, found: str, most: int) -> bool:
        """Whether a query finds fewer rows than that; PostgreSQL thinks about such things by itself."""
        if not self.dialect.unsorted:
            return True
        number = self.connection.scalar(self.bound(f"SELECT count(*) FROM ({found} LIMIT {most})"))
        return (number or 0) < most

    def bound(self, sql: str) -> TextClause:
        """A statement with the parameters that stand in it."""
        used = set(_parameters(sql))
        parameters = [each for each in self.parameters if each.key in used]
        return text(sql).bindparams(*parameters, bindparam("site", self.site.id))

    # --- the present ---

    def has(self, subject: Subject, terms: frozenset[str]) -> str:
        listed = sorted(terms)
        if subject.field == "project":
            return f"({self.is_in('i.project_key', listed)})"
        if subject.field == "status":
            return f"({self.is_in('i.status_id', listed)})"
        if subject.kind is Kind.ISSUE:
            return self._is_issue(listed)
        if subject is AROUND["issuelinktype"]:
            return self.restricted.linked(listed)
        return self.restricted.without(self._has(subject, terms), subject)

    def _has(self, subject: Subject, terms: frozenset[str]) -> str:
        listed = sorted(terms)
        if field := in_line(subject):
            sure = self._in_line(field, listed)
            may = self._ever_in_sprints(listed) if field == SPRINT and not self.is_narrow else ""
        else:
            plain = all(each.isascii() for each in terms)
            sure = self.dialect.any_item(
                subject, lambda found: self.is_in(self.dialect.fold(found, ascii_only=plain), listed)
            )
            may = self.dialect.may_have(subject, terms, self.bind)
        return f"({may} AND {sure})" if may else sure

    def _is_issue(self, listed: Sequence[str]) -> str:
        """By its key, its id, or a key that it had before it was moved."""
        parts = [self.is_in("i.id", listed)]
        if keys := [each.upper() for each in listed if "-" in each]:
            parts.append(self.is_in("i.key", keys))
            moved = f"o.site_id = :site AND {self.is_in('o.key', keys)}"
            parts.append(f"i.id IN (SELECT o.issue_id FROM old_keys o WHERE {moved})")
        return f"({' OR '.join(parts)})"

    def _in_line(self, field: str, listed: Sequence[str]) -> str:
        terms = [each for each in listed if each]  # the mark of no term is that of any
        if len(terms) > _FEW:
            return self.dialect.any_term(
                "i.terms", [marked(field, each).removesuffix(END) for each in terms], self.bind
            )
        found = (self.dialect.has_mark("i.terms", marked(field, each), self.bind) for each in terms)
        return f"({' OR '.join(found) or '1 = 0'})"

    def holds(self, whole: str, part: str) -> str:
        return self.dialect.contains.format(whole=whole, part=self.bind(part))

    def _ever_in_sprints(self, sprints: Sequence[str]) -> str:
        """Whoever is in a sprint now once came into it. Names of sprints that are gone have no number."""
        numbers = ", ".join(self.bind(int(each)) for each in sprints if each.isdecimal()) or "NULL"
        ever = f"s.site_id = :site AND s.sprint_id IN ({numbers})"
        return f"i.id IN (SELECT s.issue_id FROM sprint_issues s WHERE {ever})"

    def filled(self, subject: Subject) -> str:
        if subject.field in {"project", "status", "created", "updated"} or subject.kind is Kind.ISSUE:
            return "(1 = 1)"
        if table := _BESIDE.get(subject.field):
            return beside(self.tables.get(table, table), "1 = 1")
        if subject is AROUND["issuelinktype"]:
            return self.restricted.is_linked()
        return self.restricted.without(self._filled(subject), subject)

    def _filled(self, subject: Subject) -> str:
        if field := in_line(subject):
            return f"({self.dialect.has_mark('i.terms', marked(field), self.bind)})"
        if subject.kind is Kind.KEYED:
            sure = self.dialect.any_item(subject, lambda found: f"COALESCE(trim({found}), '') <> ''")
            may = self.dialect.may_have(subject, (), self.bind)
            return f"({may} AND {sure})" if may else sure
        if subject.kind is Kind.TEXT:
            return f"(COALESCE({self.text_of(subject)}, '') <> '')"
        return f"({self._value(subject)} IS NOT NULL)"

    def text_of(self, subject: Subject) -> str:
        return "i.summary" if subject.field == "summary" else self.dialect.text(subject)

    def _value(self, subject: Subject) -> str:
        if subject is KEY_NUMBER:
            return self.dialect.key_number
        if column := COLUMNS.get(subject.field):
            return column + (self.dialect.binary if subject.kind is Kind.DATE else "")
        if subject.kind is Kind.NUMBER:
            number = self.dialect.number(subject)
            return f"CASE WHEN {number} >= 0 THEN {number} END" if subject is WORK_RATIO else number
        return self.dialect.day(subject) if subject.kind is Kind.DATE else self.dialect.instant(subject)

    def _compare(self, condition: Compare) -> str:
        bound: Any = condition.bound
        if isinstance(bound, Decimal):
            bound = self.dialect.number_bound(bound)
        elif isinstance(bound, date) and not isinstance(bound, datetime):
            bound = bound.isoformat()
        field, value = condition.subject.field, self._value(condition.subject)
        # Nothing is NOT around it: NULL is no match.
        sure = f"{value} {condition.comparison} {self.bind(bound)}"
        if field in {"created", "updated"} and not self.are_few(_HERE.format(sure), _MANY):
            sure = self.dialect.unsorted + sure
        may = (
            ""
            if field in COLUMNS or condition.subject is KEY_NUMBER
            else self.dialect.may_have(condition.subject, (), self.bind)
        )
        return f"({may} AND {sure})" if may else f"({sure})"

    def _logged(self, condition: Logged) -> str:
        wanted = [*within("k.started", condition.window, self.bind), "1 = 1"]
        if condition.by is not None:
            author = self.dialect.fold("COALESCE(k.author, '')")
            wanted.append(self.is_in(author, sorted(condition.by)))
        worklogs = self.tables["worklogs"]
        found = beside(worklogs, " AND ".join(wanted))
        return found if condition.holds else f"({beside(worklogs, '1 = 1')} AND NOT {found})"

    def _touched(self, condition: Touched) -> str:
        people, window = sorted(condition.by), condition.window
        by = self.is_in(self.dialect.fold("COALESCE(k.author, '')"), people)
        written = [
            beside(
                self.tables["comments"],
                " AND ".join([by, f"{at} IS NOT NULL", *within(at, window, self.bind)]),
            )
            for at in ("k.created", "k.updated")
        ]
        created = " AND ".join([self.has(CREATOR, condition.by), *within("i.created", window, self.bind)])
        changed = self.histories.touched(people, window)
        found = f"({' OR '.join([changed, *written, created])})"
        return found if condition.holds else f"NOT {found}"

    # --- order ---

    def order(self, keys: Sequence[Key]) -> str:
        """Empty values last ascending, first descending; what is equal by key, the highest number first."""
        parts = []
        for key in keys:
            way = "DESC NULLS FIRST" if key.descending else "ASC NULLS LAST"
            is_ranked = key.ranks or key.subject.field == "priority"
            sorted_by = [self._ranked(key)] if is_ranked else self._sorted_by(key.subject)
            parts += [f"{each} {way}" for each in sorted_by]
        tail = (f"{self.dialect.unsorted}i.project_key{self.dialect.binary}", self.dialect.key_number)
        return ", ".join([*parts, *(f"{each} DESC" for each in tail)])

    def _ranked(self, key: Key) -> str:
        field = key.subject.field
        if not key.ranks:
            return self.dialect.number_of(_IDS[field], MOST_DIGITS)
        ranks = " ".join(f"WHEN {self.bind(each)} THEN {rank}" for each, rank in key.ranks)
        if column := _IDS.get(field):
            return f"CASE {column} {ranks} END"
        return self.dialect.least(key.subject, lambda found: f"CASE {found} {ranks} END")

    def _sorted_by(self, subject: Subject) -> list[str]:
        binary = self.dialect.binary
        if subject.kind is Kind.ISSUE:
            return [f"{self.dialect.unsorted}i.project_key{binary}", self.dialect.key_number]
        columns = {
            "project": "project_key",
            "status": "status_name",
            "issuetype": "type_name",
            "assignee": "assignee",
            self.site.fields.rank: "rank",
        }
        if column := columns.get(subject.field):
            return [f"lower(i.{column}){binary}"]
        if subject.is_cascade:
            below = self.dialect.shown(replace(subject, part="child"))
            return [f"{self.dialect.shown(subject)}{binary}", f"COALESCE({below}, ''){binary}"]
        if subject.kind in _THINGS:
            return [f"{self.restricted.sorted_by(self.dialect.shown(subject), subject)}{binary}"]
        if subject.kind is Kind.TEXT:
            return [f"{self.text_of(subject)}{binary}"]
        return [f"{self.dialect.unsorted}{self._value(subject)}"]
