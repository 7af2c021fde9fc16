"""Fields that the settings of a backlog name, held against those that Jira has: facts in, findings out."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

from app.domain.scrum.from_jira import SiteFields
from app.services.findings import Finding, Level
from app.services.grooming_wish import Wish

_LIKE = 3


@dataclass(frozen=True, slots=True)
class NamedField:
    """A field that somebody wrote down.

    Attributes:
        name: its name or id, as it was written.
        of: whose settings name it, as "`priority` of board 7".
        lost: what goes wrong without it, as a sentence goes on.
    """

    name: str
    of: str
    lost: str


@dataclass(frozen=True, slots=True)
class FieldList:
    """The fields of a site, as the account sees them.

    Attributes:
        known: those that have a meaning for Burnish, and ids by unique names.
        names: by id, of all of them.
    """

    known: SiteFields = field(default_factory=SiteFields)
    names: Mapping[str, str] = field(default_factory=dict)

    def id_of(self, name: str) -> str | None:
        """Id of the one that is meant; None where there is none, or several have the name."""
        found = (self.known.by_name or {}).get(name, name)
        return found if found in self.names else None


def fields_named(board: int, wish: Wish) -> Iterator[NamedField]:
    """Those that the grooming of a board asks for."""
    if wish.scoring is not None:
        none = "it is empty on every issue, which so has no score unless `otherwise` says what counts then"
        counted = {links.sum for links in wish.scoring.links.values() if links.sum is not None}
        for name in sorted({*wish.scoring.fields.values()}):
            yield NamedField(name, f"`priority` of board {board}", none)
        for name in sorted(counted):
            yield NamedField(name, f"`links` of `priority` of board {board}", "linked issues add nothing")
    for name in sorted(wish.definitions.fields):
        yield NamedField(name, f"`ready` of board {board}", "it is empty on every issue")
    for each in wish.wanted:
        asked = getattr(each.options, "field", None)
        if asked is not None:
            of = f"the check `{each.check.name}` of board {board}"
            yield NamedField(asked, of, "it is empty on every issue")


def judge_named_fields(named: Sequence[NamedField], there: FieldList) -> Iterator[Finding]:
    """What is asked of a field that Jira lacks is asked in vain, and nobody would miss it."""
    for one in named:
        if there.id_of(one.name) is not None:
            continue
        same = sorted(id_ for id_, name in there.names.items() if name == one.name)
        if not same:
            seen = f"Jira has no field {one.name!r} that the account sees, named by {one.of}: {one.lost}."
            mend = (
                f"Write its name as Jira shows it, or its id, such as customfield_10042{_like(one, there)}."
            )
        elif len(same) == 1:  # one of Jira's own, which is known by its id alone
            seen = f"The field {one.name!r} is known by its id alone, named by {one.of}: {one.lost}."
            mend = f"Write its id, {same[0]}."
        else:
            seen = f"Jira has {len(same)} fields {one.name!r}, named by {one.of}: {one.lost}."
            mend = f"Write the id of the one that is meant: {', '.join(same)}."
        yield Finding("fields", Level.WARNING, seen, mend)


def _like(one: NamedField, there: FieldList) -> str:
    """Names that have it in them, else such as are spelled nearly so."""
    wanted, by_folded = one.name.casefold(), {name.casefold(): name for name in there.names.values()}
    found = sorted(each for each in by_folded if wanted in each)[:_LIKE]
    found = found or get_close_matches(wanted, by_folded, n=_LIKE)
    return f"; there is {', '.join(repr(by_folded[each]) for each in found)}" if found else ""
