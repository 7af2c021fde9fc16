"""Pieces of SQL that the two databases write differently; each means what `app.domain.jql.memory` does.

Only ids of fields that `checked` let through become part of the text; all else is bound.
"""

import json
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from app.domain.jql.plan import Subject
from app.domain.jql.terms import parts_of

Bind = Callable[[Any], str]
SHOWN = ("name", "displayName", "value", "key")
_MOST_SOUGHT = 4
_is_plain = re.compile(r"[a-z0-9 ._:-]+").fullmatch
_globs = re.compile(r"[*?\[]")
_FIELD = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
TEXTS = "issue_texts t WHERE t.site_id = i.site_id AND t.issue_id = i.id AND t.digest = i.texts_digest"
_TEXT_OF_JSONB = (
    "CASE jsonb_typeof({value}) WHEN 'string' THEN {value} #>> '{{}}' ELSE "
    "(SELECT string_agg(node #>> '{{}}', E'\\n') FROM jsonb_path_query({value}, 'strict $.**.text', "
    "'{{}}', true) node WHERE jsonb_typeof(node) = 'string') END"
)


def _path(subject: Subject) -> str:
    """Of the field's value within a document, as SQLite writes it."""
    inside = f'."{checked(subject.part)}"' if subject.part else ""
    return f"'$.\"{checked(subject.field)}\"{inside}'"


def _member(subject: Subject) -> str:
    """Likewise as PostgreSQL does."""
    inside = f" -> '{checked(subject.part)}'" if subject.part else ""
    return f"i.fields -> '{checked(subject.field)}'{inside}"


def checked(field: str) -> str:
    """An id of a field, safe inside SQL."""
    if not _FIELD.fullmatch(field):
        message = f"{field!r} is no id of a field"
        raise ValueError(message)
    return field


class Sqlite:
    """SQLite, with the functions of `sqlite_functions`."""

    contains = "instr({whole}, {part}) > 0"
    key_number = "CAST(substr(i.key, instr(i.key, '-') + 1) AS INTEGER)"
    binary = ""
    # A sign that hides a column from its index: else SQLite walks all rows in order to save itself a sort.
    unsorted = "+"

    # Whether what holds of many issues is read into a list before the issues are.
    lists_first = True

    # Said by name: before SQLite has counted rows, it takes an index that has all columns, whoever is asked.
    by_issue = " INDEXED BY ix_changes_site_id_issue_id_at"
    by_field = " INDEXED BY ix_changes_by_field"

    # A column of a query, in its order, as one JSON text.
    as_list = "SELECT json_group_array({}) FROM ({}) found"

    def fold(self, expression: str, *, ascii_only: bool = False) -> str:
        return f"lower(trim({expression}))" if ascii_only else f"jql_fold({expression})"

    def same(self, column: str, terms: Sequence[str], bind: Bind) -> str:
        """Whether a column of a history is one of some folded terms; no space is around what it says.

        Never NULL. Many times as fast as to fold the column first.
        """
        if not all(each.isascii() for each in terms):
            return f"COALESCE({self.fold(column)} IN ({', '.join(map(bind, terms))}), 1 = 0)"
        if len(terms) > _MOST_SOUGHT:
            return f"COALESCE({column} COLLATE NOCASE IN ({', '.join(map(bind, terms))}), 1 = 0)"
        return f"({' OR '.join(f'{column} COLLATE NOCASE IS {bind(each)}' for each in terms)})"

    def has_mark(self, line: str, mark: str, bind: Bind) -> str:
        """Whether a line of terms holds a mark. GLOB skips to its first sign; `instr` takes twice as long."""
        pattern = _globs.sub(r"[\g<0>]", mark)
        return f"{line} GLOB {bind(f'*{pattern}*')}"

    def any_term(self, line: str, marks: Sequence[str], bind: Bind) -> str:
        """Whether a line of terms holds one of many."""
        return f"jql_any_term({line}, {bind(json.dumps(marks))})"

    def number_of(self, column: str, most_digits: int) -> str:
        """An id as a number, the lowest being the greatest; NULL for what is no number."""
        is_number = f"{column} <> '' AND {column} NOT GLOB '*[^0-9]*' AND length({column}) <= {most_digits}"
        return f"CASE WHEN {is_number} THEN -CAST({column} AS INTEGER) END"

    def among(self, column: str, values: Sequence[str], bind: Bind) -> str:
        """Whether a column has one of many values, which are read first."""
        return f"{column} IN (SELECT value FROM json_each({bind(json.dumps(values))}))"

    def any_item(self, subject: Subject, fits: Callable[[str], str]) -> str:
        """Whether any id or name of any value of the field fits."""
        path = _path(subject)
        parts = parts_of(subject)
        names = ", ".join(f"'{part}'" for part in parts)
        inner = " OR ".join(fits(f"json_extract(item.value, '$.{part}')") for part in parts)
        atom = fits("item.atom")
        # The document is read once: of a thing its parts are the items, of a list its things or words.
        inside = (
            f"CASE typeof(item.key) WHEN 'text' THEN item.key IN ({names}) AND {atom} WHEN 'integer' THEN "
            f"CASE item.type WHEN 'object' THEN ({inner}) ELSE {atom} END ELSE {atom} END"
        )
        return f"EXISTS (SELECT 1 FROM json_each(i.fields, {path}) item WHERE {inside})"

    def may_have(self, subject: Subject, terms: Iterable[str], bind: Bind) -> str:
        """Cheap and never wrong where it says no: a document without these letters has no such value."""
        listed = sorted(terms)
        if not listed:
            return f"instr(i.fields, '\"{checked(subject.field)}\"') > 0"
        if len(listed) > _MOST_SOUGHT or not all(map(_is_plain, listed)):
            return ""
        return "(" + " OR ".join("i.fields LIKE " + bind(f"%{each}%") for each in listed) + ")"

    def number(self, subject: Subject) -> str:
        return self._atom(subject, "'integer', 'real'")

    def number_bound(self, bound: Any) -> Any:
        return float(bound)

    def string(self, subject: Subject) -> str:
        return self._atom(subject, "'text'")

    def _atom(self, subject: Subject, types: str) -> str:
        """The value, if it is of that type; the document is read once."""
        path = _path(subject)
        kind = f"item.key IS NULL AND item.type IN ({types})"
        return f"(SELECT item.atom FROM json_each(i.fields, {path}) item WHERE {kind})"

    def instant(self, subject: Subject) -> str:
        return f"jql_instant({self.string(subject)})"

    def day(self, subject: Subject) -> str:
        return f"substr({self.string(subject)}, 1, 10)"

    def text(self, subject: Subject) -> str:
        field = checked(subject.field)
        path = f"'$.\"{field}\"'"
        found = (
            "CASE json_type({column}, {path}) WHEN 'text' THEN json_extract({column}, {path}) ELSE "
            "(SELECT group_concat(node.atom, char(10)) FROM json_tree({column}, {path}) node "
            "WHERE node.key = 'text' AND node.type = 'text') END"
        )
        kept = found.format(column="i.fields", path=path)
        apart = found.format(column="t.texts", path=path)
        return f"COALESCE({kept}, (SELECT {apart} FROM {TEXTS}))"

    def text_of(self, column: str) -> str:
        """All texts of a document that stands in a column of its own."""
        nodes = f"json_tree({column}) node WHERE node.key = 'text' AND node.type = 'text'"
        return (
            f"CASE json_type({column}) WHEN 'text' THEN json_extract({column}, '$') ELSE "
            f"(SELECT group_concat(node.atom, char(10)) FROM {nodes}) END"
        )

    def shown(self, subject: Subject) -> str:
        """The name that a thing is sorted by, lowered; of several, the smallest."""
        path = _path(subject)
        parts = ", ".join(f"json_extract(item.value, '$.{part}')" for part in SHOWN)
        name = f"CASE item.type WHEN 'object' THEN COALESCE({parts}) ELSE item.value END"
        inner = ", ".join(f"json_extract(i.fields, {path} || '.{part}')" for part in SHOWN)
        return (
            f"CASE json_type(i.fields, {path}) WHEN 'array' THEN "
            f"(SELECT min(lower({name})) FROM json_each(i.fields, {path}) item) "
            f"WHEN 'object' THEN lower(COALESCE({inner})) ELSE lower(json_extract(i.fields, {path})) END"
        )

    def number_of_values(self, subject: Subject) -> str:
        """Of a field that lists them."""
        return f"COALESCE(json_array_length(i.fields, {_path(subject)}), 0)"

    def least(self, subject: Subject, rank: Callable[[str], str]) -> str:
        """The smallest rank of the things in a list."""
        found = rank("CAST(json_extract(item.value, '$.id') AS TEXT)")
        things = f"json_each(i.fields, {_path(subject)}) item WHERE item.type = 'object'"
        return f"(SELECT min({found}) FROM {things} AND typeof(item.key) = 'integer')"


class Postgresql:
    """PostgreSQL."""

    contains = "position({part} in {whole}) > 0"
    key_number = "CAST(substring(i.key from '[0-9]+$') AS numeric)"
    binary = ' COLLATE "C"'
    unsorted = ""
    by_issue = by_field = ""
    # It makes a list of an EXISTS by itself. One that is told it must make, and that has no room in its
    # `work_mem`, it reads anew for every issue: 40,000 issues took more than its 30 seconds.
    lists_first = False
    as_list = "SELECT CAST(COALESCE(json_agg({}), '[]') AS text) FROM ({}) found"

    def fold(self, expression: str, *, ascii_only: bool = False) -> str:  # noqa: ARG002
        return f"lower(btrim({expression}, E' \\t\\n\\r'))"

    def same(self, column: str, terms: Sequence[str], bind: Bind) -> str:
        return f"COALESCE({self.fold(column)} IN ({', '.join(map(bind, terms))}), 1 = 0)"

    def has_mark(self, line: str, mark: str, bind: Bind) -> str:
        return f"position({bind(mark)} in {line}) > 0"

    def any_term(self, line: str, marks: Sequence[str], bind: Bind) -> str:
        wanted = f"ARRAY(SELECT jsonb_array_elements_text(CAST({bind(json.dumps(marks))} AS jsonb)))"
        return f"string_to_array({line}, E'\\x1f') && {wanted}"

    def number_of(self, column: str, most_digits: int) -> str:
        is_number = f"{column} ~ '^[0-9]{{1,{most_digits}}}$'"
        return f"CASE WHEN {is_number} THEN -CAST({column} AS bigint) END"

    def among(self, column: str, values: Sequence[str], bind: Bind) -> str:
        return f"{column} = ANY({bind(list(values))})"

    def any_item(self, subject: Subject, fits: Callable[[str], str]) -> str:
        value = _member(subject)
        parts = (fits(f"(item.value ->> '{part}')") for part in parts_of(subject))
        whole = fits("(item.value #>> '{}')")
        inside = f"CASE jsonb_typeof(item.value) WHEN 'object' THEN ({' OR '.join(parts)}) ELSE {whole} END"
        return f"EXISTS (SELECT 1 FROM {self._items(value)} WHERE {inside})"

    def may_have(self, subject: Subject, terms: Iterable[str], bind: Bind) -> str:  # noqa: ARG002
        return ""

    def number(self, subject: Subject) -> str:
        value = _member(subject)
        return f"CASE WHEN jsonb_typeof({value}) = 'number' THEN CAST({value} #>> '{{}}' AS numeric) END"

    def number_bound(self, bound: Any) -> Any:
        return bound

    def string(self, subject: Subject) -> str:
        value = _member(subject)
        return f"CASE WHEN jsonb_typeof({value}) = 'string' THEN {value} #>> '{{}}' END"

    def instant(self, subject: Subject) -> str:
        text = self.string(subject)
        looks = "'^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}'"
        return f"CASE WHEN ({text}) ~ {looks} THEN CAST({text} AS timestamptz) END"

    def day(self, subject: Subject) -> str:
        return f'left({self.string(subject)}, 10) COLLATE "C"'

    def text(self, subject: Subject) -> str:
        field = checked(subject.field)
        kept, apart = (
            _TEXT_OF_JSONB.format(value=f"({column} -> '{field}')") for column in ("i.fields", "t.texts")
        )
        return f"COALESCE({kept}, (SELECT {apart} FROM {TEXTS}))"

    def keeps(self, subject: Subject) -> str:
        """Whether the field stands among the others, be it that its long texts stand apart."""
        return f"{_member(subject)} IS NOT NULL"

    def text_of(self, column: str) -> str:
        return _TEXT_OF_JSONB.format(value=column)

    def shown(self, subject: Subject) -> str:
        value = _member(subject)
        parts = ", ".join(f"item.value ->> '{part}'" for part in SHOWN)
        whole = "item.value #>> '{}'"
        name = f"CASE jsonb_typeof(item.value) WHEN 'object' THEN COALESCE({parts}) ELSE {whole} END"
        return f"(SELECT min(lower({name}){self.binary}) FROM {self._items(value)})"

    def number_of_values(self, subject: Subject) -> str:
        value = _member(subject)
        return f"(CASE WHEN jsonb_typeof({value}) = 'array' THEN jsonb_array_length({value}) ELSE 0 END)"

    def least(self, subject: Subject, rank: Callable[[str], str]) -> str:
        found, value = rank("(item.value ->> 'id')"), _member(subject)
        is_list = f"jsonb_typeof({value}) = 'array'"
        return f"CASE WHEN {is_list} THEN (SELECT min({found}) FROM {self._items(value)}) END"

    def _items(self, value: str) -> str:
        items = f"CASE jsonb_typeof({value}) WHEN 'array' THEN {value} ELSE jsonb_build_array({value}) END"
        return f"jsonb_array_elements({items}) AS item(value)"
