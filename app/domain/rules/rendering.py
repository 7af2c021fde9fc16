"""Texts with values, rendered by Jinja2's sandbox: the names are Jira's smart values, the power is far less.

Whoever may edit a rule must not be able to read the process, nor to keep it busy. So besides the sandbox only
a short list of what a template may consist of is taken: no assignments, no calls but of a few methods, and
nothing that makes long texts out of short ones. Whatever is not on the list is refused when the rule is
saved, with its line.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import count
from typing import Any
from urllib.parse import quote

from jinja2 import (
    StrictUndefined,
    Template,
    TemplateSyntaxError,
    UndefinedError,
    nodes,
    pass_context,
)
from jinja2.exceptions import SecurityError
from jinja2.meta import find_undeclared_variables
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from app.domain.jql.words import quoted
from app.domain.reports.markdown import escape, uncalled
from app.domain.rules.empty import EMPTY, Empty
from app.domain.rules.errors import TemplateRefused
from app.domain.rules.filters import LONGEST, first, joined, last, rounded
from app.domain.rules.mentions import BEGINS, BETWEEN, ENDS, NO_MARKS, Mentioned, mention, unmarked
from app.domain.rules.template_rules import FILTERS, METHODS, SECRETS, faults

_VALUE = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_ONE_VALUE = re.compile(r"\{\{(?:(?!\{\{|\}\}).)*\}\}", re.DOTALL)
MOST_ROUNDS = 10_000
"""Of all loops of a text together."""
_MOST_TOLD = 12
"""Names that an error lists."""
_ROUNDS = "_rounds"
_MARK = re.compile(f"{BEGINS}([^{ENDS}]*){ENDS}")
_QUOTED = re.compile(r"""("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')""", re.DOTALL)
_OF_QUERY = re.compile(
    rf"""{_MARK.pattern}|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|(\bin\s*\()|[()]""", re.DOTALL | re.IGNORECASE
)
"""What decides where in JQL a list stands: lists, texts in quotes, `IN (`, and brackets."""
_ANOTHER_PATH = re.compile(r"/\.\.?(?=[/?#]|$)")


class _Environment(ImmutableSandboxedEnvironment):
    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Nothing that begins with an underscore, as the sandbox has it, and no method but the few."""
        if attr == "format" and isinstance(obj, str):
            return False  # of instants only: a text may be padded without end
        return super().is_safe_attribute(obj, attr, value) and (not callable(value) or attr in METHODS)

    def getattr(self, obj: Any, attribute: str) -> Any:
        """What documents say comes before the methods of mappings: `webhook.items` is what was sent so."""
        return (
            self._part(obj, attribute)
            if isinstance(obj, Mapping | Empty)
            else super().getattr(obj, attribute)
        )

    def getitem(self, obj: Any, argument: Any) -> Any:
        """Likewise; and behind the end of a list there is nothing."""
        if isinstance(obj, Mapping | Empty):
            return self._part(obj, argument)
        if isinstance(obj, list) and isinstance(argument, int) and not -len(obj) <= argument < len(obj):
            return EMPTY
        return super().getitem(obj, argument)

    def _part(self, obj: Mapping[Any, Any] | Empty, name: Any) -> Any:
        if isinstance(obj, Empty):
            return obj
        try:
            return obj[name]
        except LookupError:
            known = ", ".join(map(str, obj)) if 0 < len(obj) <= _MOST_TOLD else ""
            there = f"; there are: {known}" if known else ""
            return self.undefined(f"there is no value {name!r} here{there}")

    def call(self, context: Context, obj: Any, *args: Any, **kwargs: Any) -> Any:
        """A date that there is not is not moved."""
        return obj if isinstance(obj, Empty) else super().call(context, obj, *args, **kwargs)

    def wrap_str_format(self, value: Any) -> None:
        """No text is a format."""


@pass_context
def _counted(context: Context, found: Iterable[Any]) -> Iterator[Any]:
    """What a loop goes over; short texts make long loops, and two in each other make them longer."""
    for each in found:
        if next(context[_ROUNDS]) > MOST_ROUNDS:
            message = f"its loops go round more than {MOST_ROUNDS} times"
            raise ValueError(message)
        yield each


def _made(finalize: Callable[[Any], Any]) -> _Environment:
    environment = _Environment(undefined=StrictUndefined, finalize=finalize)
    environment.globals.clear()
    kept = {name: each for name, each in environment.filters.items() if name in FILTERS}
    ours = {"join": joined, "round": rounded, "first": first, "last": last, "mention": mention}
    ours |= {_ROUNDS: _counted}
    environment.filters = {**kept, **ours}
    return environment


def _said(value: Any) -> str:
    """A value as people read it: the items of a list one after the other."""
    return ", ".join(map(str, value)) if isinstance(value, list | tuple | Iterator) else str(value)


def _in_a_body(value: Any) -> str:
    """Likewise; a mention between signs that no other value has."""
    return value.marked if isinstance(value, Mentioned) else unmarked(_said(value))


def _as_it_is(value: Any) -> str:
    """For Markdown, line by line."""
    return uncalled("\n".join(escape(line) for line in _said(value).splitlines()))


def _in_quotes(value: Any) -> str:
    """A text; a list as its items, until it is seen where in the query it stands."""
    if isinstance(value, list | Iterator):
        return f"{BEGINS}{''.join(BETWEEN + str(each).translate(NO_MARKS) for each in value)}{ENDS}"
    # What is undefined says so when it becomes a text.
    return quoted(str(value))


def _escaped(value: Any) -> str:
    return quote(_said(value), safe="")


class _Secret:
    """Stands for a secret; it becomes no text but in the one place that is meant for it."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __str__(self) -> str:
        message = "a secret stands alone in its braces: {{ secrets." + self.name + " }}"
        raise ValueError(message)


class _Secrets:
    """`secrets` in a template."""

    def __getitem__(self, name: str) -> _Secret:
        return _Secret(name)


def _marked(value: Any) -> str:
    """Between signs that no value has, so that nothing that an issue says can pass for a secret's name."""
    if isinstance(value, _Secret):
        return f"{BEGINS}{value.name}{ENDS}"
    return _said(value).translate(NO_MARKS)


def _items(value: Any) -> str:
    """Each item of a list after a sign that no value has."""
    if isinstance(value, list | Iterator | Empty):
        return BEGINS + "".join(f"{BEGINS}{str(each).translate(NO_MARKS)}" for each in value)
    return str(value).translate(NO_MARKS)


_texts, _queries, _addresses = _made(_said), _made(_in_quotes), _made(_escaped)
_requests = _made(_marked)
_lists = _made(_items)
_bodies = _made(_in_a_body)
_markdowns = _made(_as_it_is)


@lru_cache(maxsize=2000)
def names_in(text: str) -> frozenset[str]:
    """Names of the values that a template needs; none where it is no template."""
    if "{" not in text:
        return frozenset()
    try:
        return frozenset(find_undeclared_variables(_texts.parse(text)))
    except (TemplateSyntaxError, RecursionError):
        return frozenset()


def check(text: str, known: Collection[str] | None = None) -> None:
    """Whether a template may be rendered at all.

    Args:
        text: a template.
        known: names of all values that there will be; None where nobody can say.

    Raises:
        TemplateRefused: it is no template, has what is not on the list, or names a value that is not there.
    """
    _compiled(text, _texts)
    _check_names(text, known)


def _check_names(text: str, known: Collection[str] | None) -> None:
    if known is None:
        return
    unknown = names_in(text) - {*known, SECRETS}
    for name in sorted(unknown):
        where = " but in the `then` of a `web_request`" if name == "webResponse" else ""
        message = (
            f"there is no value {name!r}{where}; there are: {', '.join(sorted(known))}. "
            "A variable is there after its `create_variable`, lookupIssues after a `lookup_issues`"
        )
        raise TemplateRefused(message)


def check_request(text: str, known: Collection[str] | None = None) -> None:
    """As `check`, for headers and bodies of web requests, which may name secrets.

    Raises:
        TemplateRefused: it is no template, has what is not on the list, or names a value that is not there.
    """
    _compiled(text, _requests)
    _check_names(text, known)


def query_like(jql: str) -> str:
    """The JQL of a template, with a text in the place of each value, so that it can be parsed.

    Raises:
        TemplateRefused: it is no template, or has what is not on the list.
    """
    _compiled(jql, _queries)
    _check_quotes(jql)
    return _VALUE.sub(quoted("x"), jql)


def _check_quotes(jql: str) -> None:
    """A value comes with quotes of its own: inside other ones these would end there, and the rest be JQL.

    Raises:
        TemplateRefused: a value stands in quotes.
    """
    for text in _QUOTED.findall(_VALUE.sub(BEGINS, jql.translate(NO_MARKS))):
        if BEGINS in text:
            message = f"a value may not stand in quotes: write {{{{ … }}}} without {text[0]} around it"
            raise TemplateRefused(message)


def render_query(jql: str, values: Mapping[str, Any]) -> str:
    """JQL with its values, each in quotes: whatever an issue says cannot become another part of the query.

    A list in `IN (...)` becomes its items, each in quotes, or a text that nothing has where it is empty;
    anywhere else it is one text.

    Raises:
        TemplateRefused: a value is not there, or the result is too long.
    """
    _check_quotes(jql)
    rendered = _rendered(jql.translate(NO_MARKS), values, _queries)
    return _with_lists(rendered) if BEGINS in rendered else rendered


def _with_lists(query: str) -> str:
    brackets: list[bool] = []  # of those that are open: whether `IN` stands before

    def written(found: re.Match[str]) -> str:
        said = found[0]
        if found[1] is not None:
            items = found[1].split(BETWEEN)[1:] or ["[]"]
            if brackets and brackets[-1]:
                return ", ".join(map(quoted, items))
            return quoted(", ".join(items))
        if said.endswith("("):
            brackets.append(found[2] is not None)
        elif said == ")" and brackets:
            brackets.pop()
        return said

    return _OF_QUERY.sub(written, query)


def render_address(url: str, values: Mapping[str, Any]) -> str:
    """An address with its values, each escaped: it cannot become another host, path or parameter.

    Raises:
        TemplateRefused: a value is not there, or the result is too long.
    """
    rendered = _rendered(url, values, _addresses)
    if _ANOTHER_PATH.search(rendered):
        message = "a value, or the address itself, has a part of the path that is `.` or `..`"
        raise TemplateRefused(message)
    return rendered


def render_request(text: str, values: Mapping[str, Any]) -> str:
    """A header or a part of a body with its values; secrets stay names: `{{secrets.NAME}}`.

    What values say cannot pass for such a name: it gets a space.

    Raises:
        TemplateRefused: a value is not there, or the result is too long.
    """
    rendered = _rendered(text.translate(NO_MARKS), {**values, SECRETS: _Secrets()}, _requests)
    parts = _MARK.split(rendered)
    return "".join(
        f"{{{{{SECRETS}.{part}}}}}" if place % 2 else part.replace("{{secrets.", "{{ secrets.")
        for place, part in enumerate(parts)
    )


def render_each(text: str, values: Mapping[str, Any]) -> list[str]:
    """The texts that a text stands for: where it is one value that is a list, each of its items.

    Raises:
        TemplateRefused: a value is not there, or the result is too long.
    """
    if _ONE_VALUE.fullmatch(text.strip()) is None:
        return [render(text, values)]
    rendered = _rendered(text.strip(), values, _lists)
    if BEGINS not in rendered:
        return [rendered]
    return [each for each in rendered.split(BEGINS) if each]


def render(text: str, values: Mapping[str, Any]) -> str:
    """The text with its values.

    Args:
        text: a template.
        values: by name, such as `issue`; see `app.domain.rules.smart_values`.

    Raises:
        TemplateRefused: a value is not there, or the result is too long for Jira.
    """
    return _rendered(text, values, _texts)


def render_body(text: str, values: Mapping[str, Any]) -> str:
    """As `render`, for what becomes a comment or a long text: mentions stay mentions; see `mentions`.

    Raises:
        TemplateRefused: a value is not there, or the result is too long for Jira.
    """
    return _rendered(unmarked(text), values, _bodies)


def render_markdown(text: str, values: Mapping[str, Any]) -> str:
    """As `render`, for Markdown: nothing that a value says becomes markup, a link or a call of everybody.

    Raises:
        TemplateRefused: a value is not there, or the result is too long for Jira.
    """
    return _rendered(text, values, _markdowns)


def _rendered(text: str, values: Mapping[str, Any], environment: _Environment) -> str:
    if "{" not in text:
        return text
    template = _compiled(text, environment)
    parts: list[str] = []
    length = 0
    try:
        for part in template.generate({**values, _ROUNDS: count(1)}):
            parts.append(part)
            length += len(part)
            if length > LONGEST:
                break
    except UndefinedError as error:
        message = f"{error.message or error}; `burnish rules manual values` lists all values"
        raise TemplateRefused(message) from error
    except (SecurityError, TypeError, ValueError, ArithmeticError, LookupError, AttributeError) as error:
        message = f"it cannot be rendered: {error}"
        raise TemplateRefused(message) from error
    if length > LONGEST:
        message = f"it becomes longer than the {LONGEST} characters that Jira takes"
        raise TemplateRefused(message)
    return "".join(parts)


@lru_cache(maxsize=2000)
def _compiled(text: str, environment: _Environment) -> Template:
    try:
        tree = environment.parse(text)
        for fault in faults(tree, loops=0, secrets=environment is _requests):
            raise TemplateRefused(fault)
        for loop in tree.find_all(nodes.For):
            loop.iter = nodes.Filter(loop.iter, _ROUNDS, [], [], None, None, lineno=loop.lineno)
        return environment.from_string(tree)
    except TemplateSyntaxError as error:
        message = f"line {error.lineno}: {error.message}"
        raise TemplateRefused(message) from error
    except (RecursionError, SyntaxError, MemoryError):
        message = "too much of it stands inside of something else"
        raise TemplateRefused(message) from None
