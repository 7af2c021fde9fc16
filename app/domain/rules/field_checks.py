"""Fields that a rule names, held against the site: whether there are such, and take what they are to get."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from app.domain.jql.catalogue import Catalogue
from app.domain.rules import field_values
from app.domain.rules.action_parts import Create, Transition
from app.domain.rules.copy_parts import CopyFields
from app.domain.rules.copying import mismatch
from app.domain.rules.edit_parts import Edit
from app.domain.rules.work_parts import Clone
from app.errors import NotUnderstood

Fault = tuple[str, str]


def faults_of_fields(place: str, part: Any, catalogue: Catalogue) -> Iterator[Fault]:
    """What of the fields of a part is wrong, with places."""
    match part:
        case Edit():
            yield from _edit(place, part, catalogue)
        case CopyFields():
            yield from _copy(place, part, catalogue)
        case Clone(copy_fields=copied, set=given):
            yield from _fields(f"{place}/copy", copied or (), catalogue)
            yield from _fields(f"{place}/set", given, catalogue)
        case Create(set=given) | Transition(set=given):
            yield from _fields(f"{place}/set", given, catalogue)
        case _:
            pass


def _fields(place: str, names: Iterable[str], catalogue: Catalogue) -> Iterator[Fault]:
    for name in names:
        try:
            field_values.shape_of(name, catalogue)
        except NotUnderstood as error:
            yield place, str(error)


def _edit(place: str, edit: Edit, catalogue: Catalogue) -> Iterator[Fault]:
    named: list[tuple[str, Iterable[str]]] = [
        ("set", edit.set),
        ("clear", edit.clear),
        ("add", edit.add),
        ("remove", edit.remove),
    ]
    seen: dict[str, str] = {}
    for verb, names in named:
        for name in names:
            try:
                shape = field_values.shape_of(name, catalogue)
            except NotUnderstood as error:
                yield f"{place}/{verb}", str(error)
                continue
            if verb in {"add", "remove"} and not shape.many:
                yield f"{place}/{verb}", f"{name!r} holds one value: use `set`"
            before = seen.setdefault(shape.field, verb)
            if {before, verb} not in ({verb}, {"add", "remove"}):
                yield f"{place}/{verb}", f"{name!r} stands in `{before}`, too"
    yield from _raw(place, edit, catalogue, seen)


def _raw(place: str, edit: Edit, catalogue: Catalogue, seen: Mapping[str, str]) -> Iterator[Fault]:
    taken = dict(seen)
    for part, names in (("fields", edit.raw.fields), ("update", edit.raw.update)) if edit.raw else ():
        for name in names:
            try:
                field_id = field_values.id_of(name, catalogue)
            except NotUnderstood as error:
                yield f"{place}/raw/{part}", str(error)
                continue
            before = taken.setdefault(field_id, f"raw/{part}")
            if before != f"raw/{part}":
                yield f"{place}/raw/{part}", f"{name!r} stands in `{before}`, too"


def _copy(place: str, action: CopyFields, catalogue: Catalogue) -> Iterator[Fault]:
    for number, name in enumerate(action.fields):
        try:
            own = field_values.shape_of(name, catalogue)
            target = field_values.shape_of(action.into.get(name, name), catalogue)
        except NotUnderstood as error:
            yield f"{place}/fields/{number}", str(error)
            continue
        if fault := mismatch(own, target, action.mode):
            yield f"{place}/fields/{number}", fault
    for name in action.into:
        if name not in action.fields:
            yield f"{place}/into/{name}", f"{name!r} does not stand in `fields`"
