"""`<`, `<=`, `>`, `>=` on things that have an order, and `~` on versions: which of them are meant."""

import operator as operators
import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from app.domain.jql.catalogue import KEY_NUMBER, SYSTEM, Catalogue, Named, Release
from app.domain.jql.errors import JqlNotUnderstood, JqlRefused
from app.domain.jql.plan import Always, Both, Compare, Comparison, Condition, Has, Subject, folded
from app.domain.jql.terms import named
from app.domain.jql.tree import Terminal, Value

VERSIONS = frozenset({"fixVersions", "versions"})
_LISTED = frozenset({"priority", "resolution"})
_COMPARED: Mapping[Comparison, Callable[[int, int], bool]] = {
    "<": operators.lt,
    "<=": operators.le,
    ">": operators.gt,
    ">=": operators.ge,
}
_key = re.compile(r"([^\s-]+)-([1-9][0-9]{0,17})").fullmatch
_WILD = {"*": ".*", "?": "."}


def has_order(subject: Subject) -> bool:
    """Whether its values are things that have an order of their own."""
    return subject.is_version or subject.field in _LISTED


class Ordered:
    """One condition on such a field."""

    def __init__(self, clause: Terminal, subject: Subject, catalogue: Catalogue, text: str) -> None:
        self.clause = clause
        self.subject = subject
        self.catalogue = catalogue
        self.text = text

    def _wrong(self, given: Value, fault: str) -> JqlNotUnderstood:
        return JqlNotUnderstood(self.text, given.position, fault)

    def _refused(self, fault: str) -> JqlRefused:
        return JqlRefused(self.text, self.clause.operator_position, fault)

    def compare(self, given: Value, comparison: Comparison) -> Condition:
        """Whether the field has one that stands on that side of the given one.

        Raises:
            JqlNotUnderstood: there is none such.
            JqlRefused: their order is not known.
        """
        if self.subject.is_version:
            found = self._versions(given, comparison)
        elif self.subject.field == "priority":
            found = self._ranked(given, comparison, "priority", "priorities", self.catalogue.priorities)
        else:
            found = self._ranked(given, comparison, "resolution", "resolutions", self.catalogue.resolutions)
        return Has(self.subject, found) if found else Always(true=False)

    def _ranked(
        self,
        given: Value,
        comparison: Comparison,
        what: str,
        several: str,
        order: Sequence[Named] | None,
    ) -> frozenset[str]:
        if order is None:
            raise self._refused(f"The order of the {several} is not known here yet. Name them with IN.")
        wanted = folded(given.value)
        ranks = {rank for rank, each in enumerate(order) if wanted in {folded(each.name), folded(each.id)}}
        if not ranks:
            names = ", ".join(each.name for each in order)
            raise self._wrong(given, f"There is no {what} {given.text}. There are: {names}.")
        limit, fits = max(ranks), _COMPARED[comparison]
        return frozenset(folded(each.id) for rank, each in enumerate(order) if fits(rank, limit))

    def _versions(self, given: Value, comparison: Comparison) -> frozenset[str]:
        """Of each project with a version of that name, those before or after it in the project's list."""
        wanted = folded(given.value)
        known = self._releases()
        limits = [each for each in known if wanted in {folded(each.name), each.id}]
        if not limits:
            raise self._wrong(given, f"There is no version {given.text}.")
        found: set[str] = set()
        for limit in limits:
            of_project = [each for each in known if each.project_id == limit.project_id]
            if any(each.position is None for each in of_project):
                raise self._refused("The order of these versions was not read yet; the next sync reads it.")
            fits = _COMPARED[comparison]
            found |= {each.id for each in of_project if fits(each.position or 0, limit.position or 0)}
        return frozenset(found)

    def like(self, given: Value, *, holds: bool) -> Condition:
        """Whether the name of a version is this one; `*` stands for any characters, `?` for one."""
        pattern = "".join(_WILD.get(sign) or re.escape(sign) for sign in re.sub(r"\*+", "*", given.value))
        fits = re.compile(folded(pattern), re.IGNORECASE | re.DOTALL).fullmatch
        found = frozenset(each.id for each in self._releases() if fits(each.name.strip()))
        return Has(self.subject, found, holds=holds)

    def _releases(self) -> tuple[Release, ...]:
        if not self.catalogue.releases:
            raise self._refused("No versions of the site were read, so their order and names are not known.")
        return self.catalogue.releases

    def key(self, given: Value, comparison: Comparison) -> Condition:
        """Keys of one project are compared by their numbers."""
        hit = _key(given.value.strip())
        if hit is None:
            raise self._refused("Issues are compared by their keys here; write one, such as ABC-12.")
        project = named("project", Value(hit[1], f'"{hit[1]}"'), self.catalogue.projects)
        if isinstance(project, str):
            raise self._wrong(given, project)
        keys = frozenset(each.key for each in self.catalogue.projects if folded(each.id) in project)
        return Both((Has(SYSTEM["project"], keys), Compare(KEY_NUMBER, comparison, Decimal(hit[2]))))
