"""The manual of the rule language, made of the JSON schema, the names in the code, and examples.

`docs/rule-language.md` is this page; `burnish rules manual` prints it.
"""

import inspect
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from difflib import get_close_matches
from functools import cache
from typing import Any

from app.domain.rules.dates import PATTERNS, When
from app.domain.rules.document import DEEPEST, MOST_ANSWERS, schema
from app.domain.rules.filters import LONGEST
from app.domain.rules.manual import examples, values
from app.domain.rules.manual.once import ONCE
from app.domain.rules.manual.options import flat, table
from app.domain.rules.rendering import MOST_ROUNDS
from app.domain.rules.template_rules import METHODS, MOST_LOOPS
from app.domain.rules.things import PARTS
from app.errors import NotFound

_SAMPLE = datetime(2026, 3, 9, 16, 5, 7, 42_000, tzinfo=UTC)
_TESTS = ("Trial", "Given", "ShownSprint", "Changed", "Entry", "Said", "Worked", "Answer", "ExpectedEffect")
_HEAD = f"""\
# The rule language

All words of a rule's document: triggers, conditions, actions, limits, tests, and what texts can say.
It is made of the schema that rules are read with (`burnish rules schema`), so it is whole.
`burnish rules manual WORD` prints the part about one word. How rules are tried, saved and let loose is
told in [rules.md](rules.md), the queries in [jql.md](jql.md).

A rule is YAML or JSON:

```yaml
{examples.WHOLE}```
"""
_ZONES = """\
## Time zones

- `now`, `issue.created` and all other dates in texts are in **UTC**, and so is what `format` writes:
  `{{ now.format('HH:mm') }}` at 9 in the morning in Berlin is `08:00`, in summer `07:00`.
- **JQL in rules** reads its dates in UTC, too: `startOfDay()` is midnight in UTC. `currentUser()` is
  Burnish's own account.
- `cron` of `schedule` and `metric_crossed` is in their `time_zone`, which is UTC where it is left out.
- Working days of texts, of `wait` and of `in_status_longer_than` are Monday to Friday in UTC, without
  holidays. Those of `sprint_progress` and `metric_crossed` are the board's own.
"""
_TEXTS = f"""\
## Texts

In texts `{{{{ … }}}}` stands for a value, `{{% if … %}} … {{% elif … %}} … {{% else %}} … {{% endif %}}`
for a choice, and `{{% for each in … %}} … {{% endfor %}}` for a loop (at most {MOST_LOOPS} in each other,
{MOST_ROUNDS} rounds together). It is a part of Jinja: there are `and`, `or`, `not`, `==`, `!=`, `<`, `in`,
`+`, `-`, `/`, `~`, `x if y else z`, and what the tables below have; nothing else. A text has at most
{LONGEST} characters.

What has no value is empty, and so are all its parts: `{{{{ issue.assignee.displayName }}}}` of an issue
without assignee is nothing, and `{{{{ issue.assignee | default('nobody') }}}}` is *nobody*. A name that is
none is an error that lists those that there are.
"""


def page() -> str:
    """All of it, as Markdown."""
    found = [_HEAD, *parts().values()]
    return "\n".join(found).rstrip() + "\n"


def find(word: str) -> str:
    """What the manual says about a word: its part, or those in whose tables it stands.

    Raises:
        NotFound: it has no such word.
    """
    known = parts()
    if word in known:
        return known[word]
    found = [part for part in known.values() if _is_about(part, word)]
    if not found:
        near = get_close_matches(word, _words(known), n=3)
        raise NotFound("word in the manual", word, f"Is it {' or '.join(near)}?" if near else _ALL_WORDS)
    return "\n".join(found)


_ALL_WORDS = "`burnish rules manual` prints all of it."


def _is_about(part: str, word: str) -> bool:
    return f"`{word}`" in part.partition("\n")[0] or f"\n| `{word}` |" in part


def _words(known: Mapping[str, str]) -> list[str]:
    titled = [word for part in known.values() for word in re.findall("`(.+?)`", part.partition("\n")[0])]
    listed = [word for part in known.values() for word in re.findall(r"^\| `(.+?)` \|", part, re.MULTILINE)]
    return list(dict.fromkeys([*known, *titled, *listed]))


@cache
def parts() -> Mapping[str, str]:
    """The parts in their order, by the word that each is about; a chapter's beginning by its title."""
    whole = schema()
    known, given = whole["$defs"], whole["properties"]
    return {
        "rule": _section("## A rule", "", table(whole)),
        "triggers": "## Triggers\n\n`trigger:` says when the rule fires: one of these, by its `type`.\n",
        **_typed(given["trigger"], known, examples.TRIGGERS),
        "without an issue": ONCE,
        "conditions": _CONDITIONS,
        **_conditions(given["when"]["anyOf"][0]["oneOf"], known),
        "actions": _ACTIONS,
        **_typed(given["actions"]["items"], known, examples.ACTIONS),
        "limits": _section("## Limits", known["Limits"]["description"], table(known["Limits"]), _LIMITS),
        "tests": _tests(known),
        "texts": _TEXTS,
        **_values(),
        "time zones": _ZONES,
    }


_CONDITIONS = """\
## Conditions

`when:` of a rule, of `if`, `branch` and `wait` is a JQL, or an object with one of these keys. Each of them
sees the issue as it was at the instant of the event.
"""
_ACTIONS = f"""\
## Actions

`actions:` are done one after the other, each by its `type`. `if` and `branch` stand in each other at most
{DEEPEST} deep, the `then` of web requests at most {MOST_ANSWERS}.
"""
_LIMITS = "limits: {per_event: 10, per_hour: 50}"


def _section(title: str, *paragraphs: str) -> str:
    """What is YAML stands as an example."""
    shown = [_shown(each) if _is_example(each) else each for each in paragraphs if each]
    return "\n\n".join([title, *shown]) + "\n"


def _is_example(text: str) -> bool:
    return text.startswith(("trigger:", "when:", "limits:", "- type:", "- {"))


def _shown(example: str) -> str:
    return "\n".join(f"    {line}" for line in example.rstrip().splitlines())


def _typed(
    choice: Mapping[str, Any], known: Mapping[str, Any], shown: Mapping[str, str]
) -> Mapping[str, str]:
    """Triggers or actions; several words of one meaning stand together, under the first of them."""
    found: dict[str, str] = {}
    for one in choice["oneOf"]:
        part = known[one["$ref"].rpartition("/")[2]]
        kind = part["properties"]["type"]
        words = kind.get("enum") or [kind["const"]]
        title = "### " + ", ".join(f"`{word}`" for word in words)
        inner = _inner(part, known)
        found[words[0]] = _section(title, part["description"], table(part), *inner, shown[words[0]])
    return found


def _inner(part: Mapping[str, Any], known: Mapping[str, Any]) -> Iterator[str]:
    """What an option holds that has options of its own, and no chapter."""
    for name, option in part["properties"].items():
        for each in (option, *option.get("anyOf", ())):
            reference = str(each.get("$ref", "")).rpartition("/")[2]
            if reference and "properties" in known[reference]:
                yield f"`{name}` is a `{reference}`. {known[reference]['description']}"
                yield table(known[reference])


def _conditions(choice: Iterable[Mapping[str, Any]], known: Mapping[str, Any]) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for one in choice:
        if "$ref" not in one:
            continue
        part = known[one["$ref"].rpartition("/")[2]]
        (key, option) = next(iter(part["properties"].items()))
        inner = known[option["$ref"].rpartition("/")[2]] if "$ref" in option else None
        said = [part["description"], *([] if inner is None else [inner["description"]])]
        options = table(part if inner is None else inner)
        found[key] = _section(f"### `{key}`", *said, options, examples.CONDITIONS[key])
    return found


def _tests(known: Mapping[str, Any]) -> str:
    said = "`tests:` are run by `burnish rules test`, which needs no store."
    found = [_section("## Tests", said)]
    found += [_section(f"### {name}", known[name]["description"], table(known[name])) for name in _TESTS]
    return "\n".join(found)


def _values() -> Mapping[str, str]:
    things = {
        name: f"{', '.join(f'`{part}`' for part in has)}: {values.THINGS[name]}"
        for name, has in PARTS.items()
    }
    letters = {letter: f"{say(_SAMPLE)}" for letter, say in PATTERNS.items()}
    methods = {name: flat(_first(getattr(When, name))) for name in _of_dates()}
    return {
        "values": _listed("### Values", "value", values.VALUES),
        "issue": _listed("### Parts of an issue", "part", values.ISSUE, _FIELDS),
        "things": _listed("### Parts of other things", "thing", things, _THINGS),
        "filters": _listed("### Filters", "filter", values.FILTERS, "A filter stands behind a `|`."),
        "is": _listed("### Questions", "is", values.TESTS, "A question stands behind `is` or `is not`."),
        "text methods": _listed("### Methods of texts", "method", values.TEXT_METHODS),
        "dates": _listed("### Methods of dates", "method", methods, _DATES),
        "diff": _listed("### Parts of a `diff`", "part", values.SPAN_PARTS),
        "format": _listed("### Letters of `format`", "letter", letters, _FORMAT),
    }


_FIELDS = """\
All fields besides, by id (`issue.customfield_10016`), by name without spaces (`issue.StoryPoints`) or in
brackets (`issue["Story Points"]`). Fields with several values are lists; a list as a text is its items with
commas, and in `IN ({{ issue.labels }})` of a JQL a list of JQL."""
_THINGS = """\
Each of them as a text is its name. What stands there, with parts and where it is found:"""
_DATES = """\
Numbers of days and hours are whole: `0.9` is refused, `3.0` is 3.
Dates can be compared (`issue.duedate < now`). Moving one gives a date again, so that methods can stand one
behind the other: `{{ now.plusBusinessDays(2).format('yyyy-MM-dd') }}`. Without `format` an instant is
written `2026-03-09T16:05:07Z`, a day `2026-03-09`."""
_FORMAT = """\
Other letters stand in single quotes: `format("d MMM 'at' HH:mm")`. For 9 March 2026, 16:05:07.042 UTC:"""


def _of_dates() -> list[str]:
    """In the order in which they stand there."""
    return [name for name, _ in vars(When).items() if name in METHODS]


def _first(method: Any) -> str:
    return (inspect.getdoc(method) or "").partition("\n")[0]


def _listed(title: str, of: str, words: Mapping[str, str], said: str = "") -> str:
    rows = [f"| `{word}` | {meaning.replace('|', '&#124;')} |" for word, meaning in words.items()]
    return _section(title, said, "\n".join([f"| {of} | |\n|---|---|", *rows]))
