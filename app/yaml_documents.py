"""Documents that people write as YAML, of which JSON is a part: read without anything that could hurt."""

from collections.abc import Iterator, Mapping
from typing import Any

import yaml

# The one of libyaml takes more of YAML than the one in Python ("{text: Still due?}").
_Loader = yaml.CSafeLoader
LONGEST = 200_000
"""Characters."""
DEEPEST = 40
_BREAKS = "\x85\u2028\u2029"
"""Line breaks to YAML, which would not come back as they were unless they are escaped."""


class YamlRefused(Exception):
    """A text that is not read; the message says why."""


def load(text: str, *, longest: int = LONGEST) -> Any:
    """The document in a text.

    Raises:
        YamlRefused: it is no YAML, too long, too deep, or refers to parts of itself.
    """
    if len(text) > longest:
        message = f"{len(text)} characters; it has at most {longest}"
        raise YamlRefused(message)
    try:
        _check_depth(text)
        return yaml.load(text, Loader=_Loader)  # noqa: S506 - a safe one
    except yaml.YAMLError as error:
        message = f"no YAML: {_shown(error)}"
        raise YamlRefused(message) from error
    except ValueError as error:  # a day that no month has, a number without end
        message = f"no YAML: {error}"
        raise YamlRefused(message) from error


def _check_depth(text: str) -> None:
    if any(depth > DEEPEST for depth in _depths(text)):
        message = f"more than {DEEPEST} levels in each other"
        raise YamlRefused(message)


def _depths(text: str) -> Iterator[int]:
    """How deep each part stands, without building any: an alias may stand for a thousand others."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.AliasEvent):
            message = f"no aliases (*) here: *{event.anchor}"
            raise YamlRefused(message)
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        yield depth


def _shown(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    place = f"line {mark.line + 1}, character {mark.column + 1}: " if mark else ""
    return f"{place}{getattr(error, 'problem', None) or 'not readable'}"


class _Dumper(yaml.SafeDumper):
    pass


def _text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    style = '"' if any(each in text for each in _BREAKS) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def dump(document: Mapping[str, Any]) -> str:
    """The document as people read and keep it; `load` reads the very same."""
    text: str = yaml.dump(dict(document), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)
    return text
