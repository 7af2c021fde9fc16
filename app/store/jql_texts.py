"""Text search as SQL: which issues have a text that `app.domain.jql.text_search` looks for.

SQLite asks that function of each text. PostgreSQL knows none of ours, so what may match is read and asked
here, and the statement gets the issues that do. Either way few texts are taken apart: those with the letters,
and of texts that stand apart and comments those that the index of words names.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from sqlalchemy import Connection, TextClause

from app.domain.jql.plan import Matches, Subject
from app.domain.jql.text_search import Letters, Sought, sought
from app.store.jql_dialects import TEXTS, Postgresql, Sqlite
from app.store.jql_words import Of, issues_that_may_match
from app.store.sites import Site

ALL: Mapping[str, str] = {each: each for each in ("comments", "worklogs")}
PUBLIC: Mapping[str, str] = {each: f"(SELECT * FROM {each} WHERE NOT limited)" for each in ALL}
"""By table what is read: all of it, and what everybody may read who sees the issue."""
_BESIDE = {"comment": "body", "worklogComment": "comment"}
"""By field the column that holds its texts; rows beside the issue, of which it may have many."""
_APART = {"description", "environment"}
"""Are never kept among the other fields."""
_INDEXED = {"comment", *_APART}
"""Nothing of them is looked for but where the index of words names the issue."""
_MOST_FOUND, _MOST_OF_FEW = 20_000, 2_000
"""Texts that the index names. More are looked through faster; and of a project's, where most are others'."""
_BECOME_ASCII = (("\u212a", "k"), ("\u0130", "i"))
"""The only other signs whose lower case is, or begins with, an ASCII letter."""
_ROWS = 1_000
_wild = re.compile(r"[%_\\]")


class Present(Protocol):
    """What the compiler of the present gives.

    Attributes:
        given: conditions on an issue `i` that hold wherever this one is asked.
        is_narrow: whether they leave few issues.
        tables: `ALL` or `PUBLIC`.
    """

    dialect: Sqlite | Postgresql
    connection: Connection
    site: Site
    given: str
    is_narrow: bool
    tables: Mapping[str, str]

    def bind(self, value: Any) -> str:
        """A parameter."""
        ...

    def bound(self, sql: str) -> TextClause:
        """A statement with its parameters."""
        ...

    def filled(self, subject: Subject) -> str:
        """Whether the field has a value now."""
        ...

    def text_of(self, subject: Subject) -> str:
        """A text of the issue."""
        ...


def beside(table: str, wanted: str, of: str = "issue_id") -> str:
    """Whether there is such a row of the issue, called `k`, that was not deleted."""
    its = f"k.site_id = i.site_id AND k.{of} = i.id AND k.deleted_at IS NULL"
    return f"EXISTS (SELECT 1 FROM {table} k WHERE {its} AND {wanted})"


class Texts:
    """Compiles `~`."""

    def __init__(self, present: Present) -> None:
        self.present = present
        self.dialect, self.bind = present.dialect, present.bind
        self.tables = {
            "comment": present.tables["comments"],
            "worklogComment": present.tables["worklogs"],
        }

    def matches(self, condition: Matches) -> str:
        """Whether one of the texts matches; or one is there, and none does."""
        wanted = sought(condition.said, condition.language)
        named = self._named({each.field for each in condition.subjects}, wanted)
        if isinstance(self.dialect, Postgresql):
            found = self._read(condition.subjects, wanted, named, self.dialect.keeps)
        else:
            found = self._asked(condition, wanted, named)
        if condition.holds:
            return f"({found})"
        filled = " OR ".join(self._filled(each) for each in condition.subjects)
        return f"(({filled}) AND NOT ({found}))"

    def _filled(self, subject: Subject) -> str:
        if subject.field not in _BESIDE:
            return self.present.filled(subject)
        text = self.dialect.text_of(f"k.{_BESIDE[subject.field]}")
        return beside(self.tables[subject.field], f"COALESCE({text}, '') <> ''")

    def _named(self, fields: set[str], wanted: Sought) -> str:
        """Whether the index of words names the issue; of others no indexed text matches."""
        of: list[Of] = ["comments"] if "comment" in fields else []
        if fields - {"summary", *_BESIDE}:
            of.append("texts")
        most = _MOST_OF_FEW if self.present.is_narrow else _MOST_FOUND
        here = (self.present.connection, self.present.site.id)
        found = issues_that_may_match(*here, wanted.lexemes, wanted.language, of=of, most=most)
        return "1 = 1" if found is None else self.dialect.among("i.id", found, self.bind)

    # --- SQLite ---

    def _asked(self, condition: Matches, wanted: Sought, named: str) -> str:
        said, language = self.bind(condition.said), self.bind(condition.language)
        found = []
        for each in condition.subjects:
            column = _BESIDE.get(each.field)
            text = self.present.text_of(each) if column is None else self.dialect.text_of(f"k.{column}")
            fits = f"COALESCE(jql_matches({text}, {said}, {language}), 0)"
            found.append(fits if column is None else beside(self.tables[each.field], fits))
        may = self._may({each.field for each in condition.subjects}, _ascii_alone(wanted.letters), named)
        return f"({may}) AND ({' OR '.join(found)})"

    def _may(self, fields: set[str], letters: Sequence[Letters], named: str) -> str:
        """Whether one of the texts may match, by its letters and by what the index of words names."""

        def holds(column: str, where: str = "({})") -> str:
            return where.format(" AND ".join(f"({self._has(column, ways)})" for ways in letters) or "1 = 1")

        others = fields - {"summary", *_BESIDE}
        indexed = [holds("t.texts", f"EXISTS (SELECT 1 FROM {TEXTS} AND ({{}}))")] if others else []
        rest: list[str] = []
        for field in sorted(fields & _BESIDE.keys()):
            row = holds(f"k.{_BESIDE[field]}", beside(self.tables[field], "({})"))
            (indexed if field in _INDEXED else rest).append(row)
        if others - _APART:
            rest.append(holds("i.fields"))
        # The cheap ones first: SQLite asks in this order.
        summary = [holds("i.summary")] if "summary" in fields else []
        by_index = [f"({named} AND ({' OR '.join(indexed)}))"] if indexed else []
        return " OR ".join([*summary, *by_index, *rest])

    def _has(self, column: str, ways: Letters) -> str:
        """Cheap and never wrong where it says no: the letters of one of the ways stand in the column.

        LIKE is ten times as fast as a function of ours, and knows upper and lower case of ASCII alone. In a
        document letters stand as they are.
        """
        return " OR ".join(f"({' AND '.join(self._holds(column, run) for run in runs)})" for runs in ways)

    def _holds(self, column: str, run: str) -> str:
        holds = self.dialect.contains.format
        others = [holds(whole=column, part=self.bind(sign)) for sign, low in _BECOME_ASCII if low in run]
        if isinstance(self.dialect, Sqlite):
            signs = _wild.sub(r"\\\g<0>", run)
            likes = f"{column} LIKE {self.bind(f'%{signs}%')} ESCAPE '\\'"
        else:
            likes = holds(whole=f"lower({column})", part=self.bind(run))
        return f"({' OR '.join([likes, *others])})"

    # --- PostgreSQL ---

    def _read(
        self, subjects: Sequence[Subject], wanted: Sought, named: str, keeps: Callable[[Subject], str]
    ) -> str:
        found: set[str] = set()
        for each in subjects:
            may = [f"({self._has('said', ways)})" for ways in _ascii_alone(wanted.letters)]
            where = " AND ".join(["said <> ''", *may])
            texts = self._texts(each, named, keeps)
            sql = self.present.bound(f"SELECT id, said FROM ({texts}) found WHERE {where}")
            rows = self.present.connection.execute(sql, execution_options={"yield_per": _ROWS})
            found |= {row.id for row in rows if row.id not in found and wanted.matches(row.said)}
        return f"i.id = ANY({self.bind(sorted(found))})"

    def _texts(self, subject: Subject, named: str, keeps: Callable[[Subject], str]) -> str:
        """All texts that the field has, with the issues that they are of; the index leaves some out."""
        here = f"i.site_id = :site AND i.deleted_at IS NULL AND {self.present.given}"
        if subject.field in _INDEXED:
            here += f" AND {named}"
        elif subject.field not in {"summary", *_BESIDE}:
            here += f" AND ({keeps(subject)} OR {named})"
        if subject.field not in _BESIDE:
            return f"SELECT i.id AS id, {self.present.text_of(subject)} AS said FROM issues i WHERE {here}"
        table, column = self.tables[subject.field], _BESIDE[subject.field]
        its = "i.site_id = k.site_id AND i.id = k.issue_id AND k.deleted_at IS NULL"
        text = self.dialect.text_of(f"k.{column}")
        return f"SELECT i.id AS id, {text} AS said FROM {table} k JOIN issues i ON {its} WHERE {here}"


def _ascii_alone(letters: Sequence[Letters]) -> list[Letters]:
    """Of what a text must hold, what both databases know in upper and lower case."""
    plain = [[[run for run in runs if run.isascii()] for runs in ways] for ways in letters]
    return [ways for ways in plain if all(ways)]
