"""Fields whose values come from a list: what is on it, and what an issue has of it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from .jql_tokens import JqlNotUnderstoodError, Value, no_such_value
from .model import Issue, Person
from .site import Site

Known = Callable[[], Iterable[tuple[str, Sequence[str]]]]
"""Every value of a field as its id and what else it goes by."""
_CATEGORIES = (("new", ("2", "To Do")), ("indeterminate", ("4", "In Progress")), ("done", ("3", "Done")))


@dataclass(frozen=True, slots=True)
class Choice:
    """A field with listed values. `functions` give ids; an `open` field takes values that nobody has yet."""

    of: Callable[[Issue], Sequence[str]]
    known: Known
    functions: dict[str, Callable[[], set[str]]]
    order: Sequence[str] = ()
    open: bool = False

    def ids(self, value: Value, field: str) -> set[str]:
        if value.arguments is not None:
            function = self.functions.get(value.text.lower())
            if function is None:
                message = f"Unable to find JQL function '{value.text}()'."
                raise JqlNotUnderstoodError(message)
            return function()
        sought = value.text.casefold()
        if self.open:
            return {sought}
        found = {
            number
            for number, names in self.known()
            if sought in {number.casefold(), *map(str.casefold, names)}
        }
        if not found:
            raise JqlNotUnderstoodError(no_such_value(value.text, field))
        return found


def choices(site: Site) -> dict[str, Choice]:
    """Every field of that kind, by its names."""
    catalogue = site.catalogue
    lists: dict[str, tuple[Callable[[Issue], Any], dict[str, Any]]] = {
        "status": (lambda issue: issue.status, catalogue.statuses),
        "issuetype": (lambda issue: issue.type, catalogue.types),
        "priority": (lambda issue: issue.priority, catalogue.priorities),
        "resolution": (lambda issue: issue.resolution, catalogue.resolutions),
    }
    found = {name: _single(get, known) for name, (get, known) in lists.items()}
    found["priority"] = Choice(
        found["priority"].of, found["priority"].known, {}, [*catalogue.priorities][::-1]
    )
    found["type"] = found["issuetype"]
    found["project"] = Choice(lambda issue: (issue.project.id,), lambda: _projects(site), {})
    found["statuscategory"] = Choice(lambda issue: (issue.status.category,), lambda: _CATEGORIES, {})
    found["labels"] = Choice(lambda issue: [label.casefold() for label in issue.labels], tuple, {}, open=True)
    found |= _people(site) | _parts(site)
    if flagged := catalogue.role("flagged"):
        choice = Choice(lambda issue: ("impediment",) if issue.flagged else (), tuple, {}, open=True)
        found |= {"flagged": choice, f"cf[{flagged.partition('_')[2]}]": choice}
    for field in catalogue.fields.values():
        if not field.role:
            found.setdefault(f"cf[{field.id.partition('_')[2]}]", _raw(field.id))
            found.setdefault(field.name.lower(), _raw(field.id))
    return found


def _single(get: Callable[[Issue], Any], known: dict[str, Any]) -> Choice:
    """A field with one value of a list, or none."""
    return Choice(
        lambda issue: (value.id,) if (value := get(issue)) else (),
        lambda: [(one.id, (one.name,)) for one in known.values()],
        {},
    )


def _projects(site: Site) -> list[tuple[str, Sequence[str]]]:
    return [(one.id, (one.key, one.name)) for one in site.projects.values()]


def _people(site: Site) -> dict[str, Choice]:
    def known() -> list[tuple[str, Sequence[str]]]:
        return [
            (one.account_id, (one.name, one.email or one.account_id, one.user_name, one.key))
            for one in site.people.values()
        ]

    functions = {
        "currentuser": lambda: {site.account.account_id},
        "membersof": lambda: set(site.people),
    }

    def choice(get: Callable[[Issue], Iterable[Person | None]]) -> Choice:
        return Choice(lambda issue: [one.account_id for one in get(issue) if one], known, functions)

    return {
        "assignee": choice(lambda issue: (issue.assignee,)),
        "reporter": choice(lambda issue: (issue.reporter,)),
        "creator": choice(lambda issue: (issue.creator,)),
        "watcher": choice(lambda issue: issue.watchers.values()),
        "voter": choice(lambda issue: issue.voters.values()),
        "worklogauthor": choice(lambda issue: (one.author for one in issue.worklogs)),
    }


def _parts(site: Site) -> dict[str, Choice]:
    """Versions and components: of all projects, by id or name."""

    def versions() -> list[tuple[str, Sequence[str]]]:
        return [
            (one.id, (one.name,)) for project in site.projects.values() for one in project.versions.values()
        ]

    def released(*, wanted: bool) -> Callable[[], set[str]]:
        return lambda: {
            one.id
            for project in site.projects.values()
            for one in project.versions.values()
            if one.released is wanted
        }

    def components() -> list[tuple[str, Sequence[str]]]:
        return [(one.id, (one.name,)) for each in site.projects.values() for one in each.components.values()]

    functions = {"releasedversions": released(wanted=True), "unreleasedversions": released(wanted=False)}
    return {
        "fixversion": Choice(lambda issue: [one.id for one in issue.fix_versions], versions, functions),
        "affectedversion": Choice(lambda issue: [one.id for one in issue.versions], versions, functions),
        "component": Choice(lambda issue: [one.id for one in issue.components], components, {}),
    }


def _raw(field: str) -> Choice:
    """A field that was imported as it is: compared by its value, name or id, whichever it has."""

    def of(issue: Issue) -> list[str]:
        value = issue.extra.get(field)
        parts = value if isinstance(value, list) else [value]
        named = [
            str(one.get("value") or one.get("name") or one.get("id")) if isinstance(one, dict) else str(one)
            for one in parts
            if one is not None
        ]
        return [text.casefold() for text in named]

    return Choice(of, tuple, {}, open=True)
