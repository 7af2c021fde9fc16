"""Values of a query that nothing has or ever had: no fault, as histories may be older than the store.

Such a value finds nothing without a word, which is what a slip of the pen does, too. So whoever asks is
warned, with the place and the names that are like it.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from app.domain.jql import updated_by
from app.domain.jql.catalogue import AROUND, STATUS_CATEGORY, Catalogue, CustomField, find_subjects
from app.domain.jql.errors import Place
from app.domain.jql.needs import calls_of, terminals_in, values_in
from app.domain.jql.plan import Kind, Subject, folded
from app.domain.jql.terms import terms_of_value
from app.domain.jql.tree import Operator, Query, Terminal, Value

PERSON = Subject("creator", Kind.KEYED, frozenset({"creator"}))
"""Whoever it may be: of BY, and of functions that take somebody."""
PEOPLE = frozenset({"assignee", "reporter", "creator", AROUND["worklogauthor"].field})
_OF_SOMEBODY = frozenset(
    {updated_by.FUNCTION, "projectsleadbyuser", "spacesleadbyuser", "componentsleadbyuser"}
)
_NAMING = frozenset(Operator) - {
    *(Operator.LIKE, Operator.NOT_LIKE, Operator.IS, Operator.IS_NOT),
    *(Operator.LESS, Operator.LESS_EQUALS, Operator.GREATER, Operator.GREATER_EQUALS),
}
"""Operators behind which values stand that an issue has or has not."""
_KINDS = frozenset({Kind.KEYED, Kind.ISSUE, Kind.PARENT})
_WORDS = {
    **dict.fromkeys(("fixVersions", "versions"), "version"),
    "components": "component",
    "issuetype": "issue type",
    "labels": "label",
    "status": "status",
    "priority": "priority",
    "resolution": "resolution",
    "project": "project",
}
MOST = 20
"""Warnings of one query."""
_MOST_NEAR = 3
_FEW = 12
"""So many projects are listed where none is like the one that was written."""
_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_]*-[0-9]+")


@dataclass(frozen=True, slots=True)
class Meant:
    """A value of a query that no list in the catalogue has.

    Attributes:
        field: what it is a value of, as people write it.
        subjects: the fields that it may be of; several where custom fields share a name.
        is_person: whether it names somebody.
    """

    field: str
    subjects: tuple[Subject, ...]
    given: Value
    is_person: bool = False

    @property
    def is_issue(self) -> bool:
        """Whether it names an issue."""
        return self.subjects[0].kind in {Kind.ISSUE, Kind.PARENT}

    @property
    def is_listed(self) -> bool:
        """Whether a list says what it may be; of labels and options there is none."""
        return (
            self.is_person
            or self.is_issue
            or self.subjects[0].field in _WORDS.keys() - {"labels"}
            or (self.subjects[0].is_sprint)
        )


@dataclass(frozen=True, slots=True)
class Unfound(Place):
    """A value that finds nothing.

    Attributes:
        fault: what is odd about it, without the place. It repeats no key of an issue.
    """

    fault: str

    def __str__(self) -> str:
        return f"JQL, line {self.line}, character {self.column}: {self.fault}"


def named_in(query: Query, catalogue: Catalogue) -> list[Meant]:
    """The values of a query that stand in no list of the catalogue, in their order."""
    found = (each for terminal in terminals_in(query) for each in _of(terminal, catalogue))
    return sorted(
        (each for each in found if not _is_known(each, catalogue)), key=lambda each: each.given.position
    )


def _of(terminal: Terminal, catalogue: Catalogue) -> Iterator[Meant]:
    field = terminal.field
    for each in terminal.predicates:
        if each.name == "by":
            yield from (Meant("by", (PERSON,), one, is_person=True) for one in values_in(each.operand))
    for call in calls_of(terminal):
        if folded(call.name.value) in _OF_SOMEBODY and call.arguments:
            yield Meant(call.name.value, (PERSON,), call.arguments[0], is_person=True)
    if terminal.operator not in _NAMING or field.properties:
        return
    subjects = tuple(find_subjects(field.name, catalogue, is_custom_id=field.is_custom_id))
    if not subjects and folded(field.name) == "worklogauthor":
        subjects = (AROUND["worklogauthor"],)
    if not subjects or not all(_has_names(each) for each in subjects):
        return
    is_person = all(_is_of_people(each, catalogue.fields) for each in subjects)
    sides = [each.operand for each in terminal.predicates if each.name in {"from", "to"}]
    for operand in (terminal.operand, *sides):
        yield from (Meant(field.text, subjects, one, is_person) for one in values_in(operand))


def _has_names(subject: Subject) -> bool:
    return subject.kind in _KINDS and not subject.is_cascade and subject is not STATUS_CATEGORY


def _is_of_people(subject: Subject, fields: Iterable[CustomField]) -> bool:
    custom = next((each for each in fields if each.id == subject.field), None)
    if custom is None:
        return subject.field in PEOPLE
    return custom.type == "user" or (custom.custom or "").endswith(":multiuserpicker")


def _is_known(one: Meant, catalogue: Catalogue) -> bool:
    """Whether a list of the catalogue has it; what is empty (`Unresolved`) is known, too."""
    subject = one.subjects[0]
    if subject.field == "resolution" and folded(one.given.value) == "unresolved":
        return True
    if one.is_person or one.is_issue or not one.is_listed:
        return False
    found = terms_of_value(subject, one.given, catalogue)
    # Ids that stand in a list; where no list was read there is but the word itself.
    return not isinstance(found, str) and found != frozenset({folded(one.given.value)})


def terms_of(one: Meant, subject: Subject, catalogue: Catalogue) -> frozenset[str]:
    """What an issue, or a change of one, would have to say to have that value; folded."""
    if one.is_person:
        return catalogue.accounts(one.given.value)
    found = terms_of_value(subject, one.given, catalogue)
    return (frozenset() if isinstance(found, str) else found) | {folded(one.given.value)}


def warning(one: Meant, query: Query, names: Iterable[str]) -> Unfound:
    """What to say of a value that nothing has.

    Args:
        one: the value.
        query: that it stands in.
        names: that there are of its kind; the nearest are told. For issues, keys of projects.
    """
    if one.is_issue:
        return Unfound(query.text, one.given.position, _no_issue(one.given, names))
    near = _near(one.given.value, list(names))
    hint = f" Did you mean {', '.join(near)}?" if near else ""
    what = "Nobody is" if one.is_person else f"No {_word(one.subjects[0], one.field)} is or was"
    fault = f"{what} called {_repeated(one.given)} in the store, so nothing matches it.{hint}"
    return Unfound(query.text, one.given.position, fault)


def _near(said: str, names: Sequence[str]) -> list[str]:
    """Names like what was said, else such with a word like it: people are known by their first names."""
    known = {folded(each): each for each in names}
    words = {folded(word): each for each in names for word in each.split()}
    found = [known[each] for each in get_close_matches(folded(said), known, n=_MOST_NEAR)]
    found = found or [words[each] for each in get_close_matches(folded(said), words, n=_MOST_NEAR)]
    return list(dict.fromkeys(found))


def _repeated(given: Value) -> str:
    """Where it may be the key of an issue, nothing is said that would differ if there is such an issue."""
    return "that" if _KEY.search(given.text) else given.text


def _word(subject: Subject, field: str) -> str:
    return "sprint" if subject.is_sprint else _WORDS.get(subject.field, f"value of {field}")


def _no_issue(given: Value, projects: Iterable[str]) -> str:
    """The same of an issue that is hidden and of one that never was: its key is not repeated, and of the two
    only what was written is looked at.
    """
    said = given.text.strip(" \"'").upper()
    project = said.rpartition("-")[0]
    known = sorted(projects)
    if not (project or said.isdecimal()):
        return "That is no key of an issue, such as ABC-12, so nothing matches it."
    if not project or project in known:
        return "There is no such issue in the store, so nothing matches it."
    near = get_close_matches(project, known, n=3)
    listed = f" There are: {', '.join(known)}." if 0 < len(known) <= _FEW else ""
    hint = f" Did you mean {', '.join(near)}?" if near else listed
    return f"There is no such issue in the store, nor such a project, so nothing matches it.{hint}"
