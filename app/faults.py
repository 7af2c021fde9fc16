"""What is wrong with settings, as sentences that name the way out. Values are left out: some are secrets."""

from collections import abc
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ValidationError

_LISTED = 12
_OF_PARTS = (dict, list, tuple, abc.Mapping, abc.Sequence)


def faults_of(error: ValidationError, model: type[BaseModel]) -> list[tuple[tuple[str | int, ...], str]]:
    """Where each fault is, and what it is.

    Args:
        error: as reading the model raised it.
        model: which one was read.
    """
    found = error.errors(include_input=False, include_context=False)
    places = [tuple(fault["loc"]) for fault in found]
    return [
        (place, _said(fault, place, model))
        for fault, place in zip(found, places, strict=True)
        # What is wrong with its parts makes a list too short: that is no fault of its own.
        if not (fault["type"] == "too_short" and any(_is_inside(other, place) for other in places))
    ]


def _is_inside(place: Sequence[str | int], other: Sequence[str | int]) -> bool:
    return len(place) > len(other) and tuple(place[: len(other)]) == tuple(other)


def _said(fault: Mapping[str, Any], place: Sequence[str | int], model: type[BaseModel]) -> str:
    if fault["type"] != "extra_forbidden":
        return str(fault["msg"]).removeprefix("Value error, ")
    names = sorted({name for one in _at(model, place[:-1]) for name in one.model_fields})
    like = get_close_matches(str(place[-1]), names, n=1)
    if like:
        return f"there is no such setting; perhaps `{like[0]}` is meant"
    if not names or len(names) > _LISTED:
        return "there is no such setting; docs/settings.md lists all of them"
    return f"there is no such setting; here are {', '.join(names)}"


def _at(annotation: Any, place: Sequence[str | int]) -> Iterator[type[BaseModel]]:
    """The models that may stand at a place below an annotation."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        if not place:
            yield annotation
        elif (field := annotation.model_fields.get(str(place[0]))) is not None:
            yield from _at(field.annotation, place[1:])
        return
    # A dict's or list's part is one step down, a union's is none.
    is_step = bool(place) and get_origin(annotation) in _OF_PARTS
    for each in get_args(annotation):
        yield from _at(each, place[1:] if is_step else place)
