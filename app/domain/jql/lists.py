"""Functions that read the lists of a site: versions, leads, issue types, links."""

from collections.abc import Callable, Mapping
from difflib import get_close_matches

from app.domain.jql.catalogue import Catalogue, Named, Release
from app.domain.jql.errors import JqlNotUnderstood, JqlRefused
from app.domain.jql.needs import BELOW
from app.domain.jql.plan import folded
from app.domain.jql.terms import named
from app.domain.jql.tree import Call, Value
from app.domain.jql.words import written

_ANY_NUMBER = 1_000


class Lists:
    """One call of such a function."""

    def __init__(self, function: Call, catalogue: Catalogue, text: str) -> None:
        self.function = function
        self.catalogue = catalogue
        self.text = text

    def values(self) -> list[Value]:
        """Ids.

        Raises:
            JqlNotUnderstood: arguments that it does not take.
            JqlRefused: the store does not hold the list.
        """
        least, most, read = LISTS[self.function.name.value.lower()]
        if not least <= len(self.function.arguments) <= most:
            wanted = (
                f"{least}"
                if least == most
                else f"{least} or more"
                if most == _ANY_NUMBER
                else f"up to {most}"
            )
            raise self._wrong(f"{self.function.name.text}() takes {wanted} arguments.")
        return [Value(each, written(each), self.function.position) for each in read(self)]

    def _wrong(self, fault: str, position: int | None = None) -> JqlNotUnderstood:
        return JqlNotUnderstood(self.text, self.function.position if position is None else position, fault)

    def _refused(self, reason: str) -> JqlRefused:
        fault = f"{self.function.name.text}() cannot be answered here: {reason}"
        return JqlRefused(self.text, self.function.position, fault)

    # --- versions ---

    def released(self) -> list[str]:
        """Of those projects, or of all."""
        return [each.id for each in self._versions() if each.is_released]

    def unreleased(self) -> list[str]:
        """Of those projects, or of all."""
        return [each.id for each in self._versions() if not each.is_released]

    def latest_released(self) -> list[str]:
        """The last in the project's own order, whatever its dates say."""
        return self._at_the_end(is_released=True)

    def earliest_unreleased(self) -> list[str]:
        """The first in the project's own order."""
        return self._at_the_end(is_released=False)

    def _versions(self) -> list[Release]:
        if not (self.catalogue.releases or self.catalogue.has_releases):
            raise self._refused("no versions of the site were read.")
        projects = {found for each in self.function.arguments for found in self._project(each)}
        of_all = not self.function.arguments
        return [each for each in self.catalogue.releases if of_all or each.project_id in projects]

    def _project(self, given: Value) -> frozenset[str]:
        found = named("project", given, self.catalogue.projects)
        if isinstance(found, str):
            raise self._wrong(found, given.position)
        return found

    def _at_the_end(self, *, is_released: bool) -> list[str]:
        found = [each for each in self._versions() if each.is_released == is_released]
        if any(each.position is None for each in found):
            raise self._refused("the order of these versions was not read yet; the next sync reads it.")
        ordered = sorted(found, key=lambda each: each.position or 0, reverse=is_released)
        if ordered and ordered[0].is_archived:
            raise self._refused("an archived version would be the one, and Jira does not say if it counts.")
        return [each.id for each in ordered[:1]]

    # --- leads ---

    def led_projects(self) -> list[str]:
        """Ids of the projects that somebody leads."""
        return self._led(self.catalogue.projects)

    def led_components(self) -> list[str]:
        """Ids of the components that somebody leads."""
        return self._led(self.catalogue.components)

    def _led(self, things: tuple[Named, ...]) -> list[str]:
        given = self.function.arguments[0].value if self.function.arguments else self.catalogue.account
        if given is None:
            raise self._refused("it needs somebody who asks. Say who with --user, or name the person.")
        people = self.catalogue.accounts(given)
        return [each.id for each in things if folded(each.lead) in people]

    # --- groups ---

    def members(self) -> list[str]:
        """Account ids of the members of a group."""
        given = self.function.arguments[0]
        found = self.catalogue.groups.get(folded(given.value))
        if found is None:
            raise self._refused(
                f"the members of {given.text} were not read. Name the group under `groups` of the site's "
                "settings; the next sync reads it."
            )
        return sorted(found)

    # --- types ---

    def standard_types(self) -> list[str]:
        """Ids of types that are no sub-tasks."""
        return self._types(is_subtask=False)

    def subtask_types(self) -> list[str]:
        """Ids of types of sub-tasks."""
        return self._types(is_subtask=True)

    def _types(self, *, is_subtask: bool) -> list[str]:
        if not self.catalogue.issue_types:
            raise self._refused("no issue types of the site were read.")
        return [each.id for each in self.catalogue.issue_types if each.is_subtask == is_subtask]

    # --- options ---

    def chosen(self) -> list[str]:
        """The options that are named."""
        return [each.value for each in self.function.arguments]

    # --- links ---

    def linked(self) -> list[str]:
        """Ids of the issues that an issue is linked with, as one of the descriptions says if any is given."""
        given = self.function.arguments[0]
        if self.catalogue.links is None:
            raise self._refused("links are followed by searches of the present only.")
        found = self.catalogue.links.get(given.value.strip())
        if found is None:
            raise self._wrong(f"There is no issue {given.text} in the store.", given.position)
        marks = {mark for each in self.function.arguments[1:] for mark in self._described(each)}
        return [issue for mark, issue in found if not marks or mark in marks]

    def below(self) -> list[str]:
        """Ids of the issues below some, at whatever level: stories of an epic, and their sub-tasks."""
        if self.catalogue.children is None:
            raise self._refused("children are looked up by searches of the present only.")
        found: dict[str, None] = {}
        for given in self.function.arguments:
            children = self.catalogue.children.get(given.value.strip())
            if children is None:
                raise self._wrong(f"There is no issue {given.text} in the store.", given.position)
            found |= dict.fromkeys(children)
        return list(found)

    def _described(self, given: Value) -> list[str]:
        marks = self.catalogue.link_marks(given.value.strip(), is_folded=False)
        if marks:
            return marks
        known = sorted({said for each in self.catalogue.link_types for said in (each.outward, each.inward)})
        near = get_close_matches(given.value, known, n=3, cutoff=0.4) or known
        raise self._wrong(
            f"No link is described as {given.text}. Did you mean {', '.join(near)}?", given.position
        )


# By name how many arguments it takes at least and at most, and what reads it.
LISTS: Mapping[str, tuple[int, int, Callable[[Lists], list[str]]]] = {
    "releasedversions": (0, _ANY_NUMBER, Lists.released),
    "unreleasedversions": (0, _ANY_NUMBER, Lists.unreleased),
    "latestreleasedversion": (1, 1, Lists.latest_released),
    "earliestunreleasedversion": (1, 1, Lists.earliest_unreleased),
    "projectsleadbyuser": (0, 1, Lists.led_projects),
    "spacesleadbyuser": (0, 1, Lists.led_projects),
    "componentsleadbyuser": (0, 1, Lists.led_components),
    "membersof": (1, 1, Lists.members),
    **dict.fromkeys(("standardissuetypes", "standardworktypes"), (0, 0, Lists.standard_types)),
    **dict.fromkeys(("subtaskissuetypes", "subtaskworktypes"), (0, 0, Lists.subtask_types)),
    "choiceoption": (1, _ANY_NUMBER, Lists.chosen),
    **dict.fromkeys(BELOW, (1, _ANY_NUMBER, Lists.below)),
    "linkedissues": (1, _ANY_NUMBER, Lists.linked),
    "linkedworkitems": (1, _ANY_NUMBER, Lists.linked),
}
