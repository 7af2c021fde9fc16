"""What is wrong with a document that somebody wrote: all of it, with place, value and what there is."""

import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Annotated, Any, Literal, get_args, get_origin

import msgspec

Fault = tuple[str, str]
"""Where, as a JSON pointer, and a sentence."""
MOST_SHOWN = 80


def faults_of(document: Any, shape: Any, place: str = "", *, also: Sequence[str] = ()) -> Iterator[Fault]:
    """Where a document is not of a shape.

    Args:
        document: as YAML or JSON says it.
        shape: a struct, or what msgspec can convert into.
        place: of the document within a larger one.
        also: names that the document may have besides those of the struct, and that are not looked at.
    """
    inner = get_args(shape)[0] if get_origin(shape) is Annotated else shape
    if isinstance(inner, type) and issubclass(inner, msgspec.Struct):
        yield from _of_struct(document, inner, place, also)
        return
    if (values := _structs_by_name(inner)) is not None and isinstance(document, Mapping):
        for name, value in document.items():
            yield from faults_of(value, values, f"{place}/{name}")
        return
    if (parts := _structs_in(inner)) is not None and isinstance(document, list | tuple) and document:
        for number, part in enumerate(document):
            yield from faults_of(part, parts, f"{place}/{number}")
    try:
        msgspec.convert(document, shape)
    except msgspec.ValidationError as error:
        within = _place_within(error)
        if parts is None or not within:
            yield f"{place}{within}", _said(_at(document, within), shape, error)


def missing_from(name: str, there: Sequence[str]) -> str:
    """A name that means nothing, with the one that is probably meant, and those that there are."""
    folded = {one.casefold(): one for one in there}
    near = get_close_matches(name.casefold(), folded, n=1)
    perhaps = f"perhaps {folded[near[0]]!r} is meant. " if near else ""
    listed = f"There are: {', '.join(there)}." if there else "There are none."
    return f"{perhaps}{listed}"


def shown(value: Any) -> str:
    """A value as a sentence names it."""
    told = repr(value)
    return told if len(told) <= MOST_SHOWN else f"{told[:MOST_SHOWN]}\u2026"


def _of_struct(
    document: Any, shape: type[msgspec.Struct], place: str, also: Sequence[str]
) -> Iterator[Fault]:
    if not isinstance(document, Mapping):
        yield place, f"{shown(document)} is no list of names with values."
        return
    fields = {field.encode_name: field for field in msgspec.structs.fields(shape)}
    for name in document:
        if name not in fields and name not in also:
            there = missing_from(str(name), [*fields, *also])
            yield f"{place}/{name}", f"there is no {shown(name)} here; {there}"
    for name, field in fields.items():
        if name in document:
            yield from faults_of(document[name], field.type, f"{place}/{name}")
        elif field.required:
            yield f"{place}/{name}", "it is missing."


def _structs_in(shape: Any) -> type[msgspec.Struct] | None:
    """Of which structs it is a list."""
    of = get_args(shape)
    is_list = get_origin(shape) is tuple and len(of) == 2 and of[1] is Ellipsis  # noqa: PLR2004
    return of[0] if is_list and isinstance(of[0], type) and issubclass(of[0], msgspec.Struct) else None


def _structs_by_name(shape: Any) -> type[msgspec.Struct] | None:
    """Of which structs, by names of somebody's own, it is made."""
    of = get_args(shape)
    is_mapping = get_origin(shape) in {dict, Mapping} and len(of) == 2  # noqa: PLR2004
    return of[1] if is_mapping and isinstance(of[1], type) and issubclass(of[1], msgspec.Struct) else None


def _at(document: Any, within: str) -> Any:
    """What stands at a place in a list; all of it where that is somewhere else."""
    number = within.removeprefix("/")
    listed = isinstance(document, list | tuple) and number.isdecimal()
    return document[int(number)] if listed else document


def _place_within(error: msgspec.ValidationError) -> str:
    """Of the part that an error is about: `$[0].step` as `/0/step`; empty where it is about the whole."""
    where = str(error).partition(" - at `$")[2].rstrip("`")
    return re.sub(r"\[(\d+)\]", r"/\1", where).replace("[...]", "").replace(".", "/")


def _said(value: Any, shape: Any, error: msgspec.ValidationError) -> str:
    choices = [one for each in _within(shape) if get_origin(each) is Literal for one in get_args(each)]
    if choices:
        return f"{shown(value)} is none of them; {missing_from(str(value), choices)}"
    for each in _within(shape):
        for meta in get_args(each)[1:] if get_origin(each) is Annotated else ():
            if isinstance(meta, msgspec.Meta) and meta.description and isinstance(value, str):
                return f"{shown(value)} is not {meta.description}."
    message = str(error).partition(" - at `$")[0]
    return f"{message[:1].lower()}{message[1:]}; it was {shown(value)}."


def _within(shape: Any) -> Iterator[Any]:
    """A shape and those that it is made of."""
    yield shape
    for one in get_args(shape):
        if not isinstance(one, msgspec.Meta) and get_origin(shape) is not Literal:
            yield from _within(one)
