"""Texts of rules: what they can say, and that whoever writes one gets no further."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from app.domain.jql.parser import parse
from app.domain.jql.tree import And, Listed, Terminal
from app.domain.rules.dates import When
from app.domain.rules.errors import TemplateRefused
from app.domain.rules.filters import LONGEST
from app.domain.rules.rendering import (
    check,
    query_like,
    render,
    render_address,
    render_each,
    render_query,
)

MANY = "x" * 9000
VALUES = {"issue": {"key": "BURN-1", "labels": ["a", "b"], "summary": "Pay"}, "number": 3}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{{ issue.key }} is {{ number + 1 }}", "BURN-1 is 4"),
        ("{% if number > 2 %}many{% else %}few{% endif %}", "many"),
        ("{% for label in issue.labels %}{{ label }};{% endfor %}", "a;b;"),
        ("{{ issue.labels | join(', ') }}", "a, b"),
        ("{{ 'none' if number == 0 else issue.summary | upper }}", "PAY"),
        ("no values, { braces } and all", "no values, { braces } and all"),
    ],
)
def test_a_text_with_its_values(text: str, says: str) -> None:
    check(text)
    assert render(text, VALUES) == says


@pytest.mark.parametrize(
    "text",
    [
        "{{ issue.__class__ }}",
        "{{ issue['__class__'] }}",
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ issue.key.__init__.__globals__ }}",
        "{{ self }}",
        "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
        "{{ lipsum.__globals__ }}",
        "{{ namespace() }}",
        "{{ range(10 ** 9) | list }}",
        "{{ 'x' * 10 ** 9 }}",
        "{{ 9 ** 9 ** 9 }}",
        "{{ '%0999999999d' % 1 }}",
        "{{ '{0.__class__}'.format(issue) }}",
        "{{ issue.key | attr('__class__') }}",
        "{{ issue | pprint }}",
        "{{ issue.labels.append('c') }}",
        "{% set x = 1 %}",
        "{% import 'os' as os %}",
        "{% include '/etc/passwd' %}",
        "{% extends 'x' %}",
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
        "{% for a in issue.labels recursive %}{{ loop(issue.labels) }}{% endfor %}",
        "{% for a in x %}{% for b in x %}{% for c in x %}.{% endfor %}{% endfor %}{% endfor %}",
        "{{ '{:>2000000000}'.format('x') }}",
        "{{ 1.5 | round(1000000000, 'ceil') }}",
        f"{{{{ '{MANY}' | join('{MANY}') }}}}",
        f"{{{{ ['{MANY}'] | map('join', '{MANY}') | join }}}}",
        f"{{% for a in '{MANY}' %}}{{% for b in '{MANY}' %}}{{% endfor %}}{{% endfor %}}",
        "{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}",
        "{{ issue" + ".a" * 5000 + " }}",
        "{{ 1" + " + 1" * 4000 + " }}",
        "{% if 1 %}" * 150 + "{% endif %}" * 150,
        "{{ _rounds }}",
        "{{ issue.key",
        "{% if %}",
        "{{ nothing.of.this }}",
    ],
)
def test_whoever_wants_more_is_refused(text: str) -> None:
    with pytest.raises(TemplateRefused):
        render(text, VALUES)


def test_loops_and_lists_of_everyday_size_stay() -> None:
    values = {"names": [f"n{number}" for number in range(90)]}
    inner = "{% for b in names %}{% if a == b %}{{ loop.index }},{% endif %}{% endfor %}"
    twice = f"{{% for a in names %}}{inner}{{% endfor %}}"
    assert render(twice, values) == "".join(f"{number}," for number in range(1, 91))
    assert render("{{ names | join('; ') }}", values).count("; ") == 89
    assert render("{% for a in names if a == 'n7' %}{{ a }}{% else %}none{% endfor %}", values) == "n7"
    assert render("{{ 2.345 | round(2, 'floor') }}", values) == "2.34"


@pytest.mark.parametrize("start", range(1, 8))
def test_working_days_are_counted_one_by_one_or_by_the_week_alike(start: int) -> None:
    begin = datetime(2026, 3, start, 9, tzinfo=UTC)
    for step in (1, -1):
        day = begin
        for number in range(1, 25):
            day += timedelta(days=step)
            while day.weekday() > 4:
                day += timedelta(days=step)
            moved = When(begin).plusBusinessDays(number * step)
            assert moved == When(begin).minusBusinessDays(-number * step) == When(day)
    assert When(begin).plusBusinessDays(0) == When(begin)


@pytest.mark.parametrize("value", [".", ".."])
def test_no_value_leads_out_of_its_path(value: str) -> None:
    with pytest.raises(TemplateRefused, match="part of the path"):
        render_address("https://hooks.test/{{ value }}/end", {"value": value})
    assert render_address("https://hooks.test/v1{{ value }}5", {"value": value}).endswith(f"v1{value}5")


def test_a_text_that_becomes_too_long_is_refused() -> None:
    long = {"lines": ["x" * 1000] * 40}
    with pytest.raises(TemplateRefused, match=str(LONGEST)):
        render("{% for line in lines %}{{ line }}{% endfor %}", long)


@given(value=st.text(max_size=40))
@settings(max_examples=200, deadline=None)
def test_no_value_becomes_another_part_of_a_query(value: str) -> None:
    query = parse(render_query("summary ~ {{ value }}", {"value": value}))
    assert isinstance(query.where, Terminal)
    assert query.order_by == ()


@given(values=st.lists(st.text(max_size=20), min_size=1, max_size=5))
@settings(max_examples=200, deadline=None)
def test_each_item_of_a_list_is_a_value_of_its_own_and_no_more(values: list[str]) -> None:
    query = parse(render_query("labels IN ({{ issue.labels }})", {"issue": {"labels": values}}))
    assert isinstance(query.where, Terminal)
    assert isinstance(query.where.operand, Listed)
    assert len(query.where.operand.operands) == len(values)
    assert query.order_by == ()


def test_an_empty_list_is_a_text_that_nothing_has() -> None:
    assert render_query("labels IN ({{ found }})", {"found": []}) == 'labels IN ("[]")'


@pytest.mark.parametrize(
    "template",
    ["summary ~ 'a {{ x }} b'", 'summary ~ "a {{ x }} b"', "summary ~ '{{ x }}'", "a ~ 'b' OR c ~ '{{ x }}'"],
)
def test_a_value_does_not_stand_in_quotes_which_its_own_would_end(template: str) -> None:
    for found in (query_like, lambda jql: render_query(jql, {"x": "' OR project = SECRET OR summary ~ '"})):
        with pytest.raises(TemplateRefused, match="may not stand in quotes"):
            found(template)
    assert query_like("summary ~ 'it''s' OR summary ~ {{ x }} OR summary ~ \"y\"")


@given(value=st.text(max_size=40))
@settings(max_examples=200, deadline=None)
def test_no_value_becomes_another_host_or_path(value: str) -> None:
    value = value.encode("utf-8", "ignore").decode()
    assume(value not in {".", ".."})  # refused, see above
    made = render_address("https://hooks.test/{{ value }}/end", {"value": value})
    assert made.startswith("https://hooks.test/")
    assert made.endswith("/end")
    assert made.count("/") == 4
    assert not {"?", "#", "@", "\\", " "} & set(made)


AT = When(datetime(2026, 11, 5, 14, 7, 9, tzinfo=UTC))


@pytest.mark.parametrize(
    ("pattern", "says"),
    [
        ("yyyy-MM-dd HH:mm:ss", "2026-11-05 14:07:09"),
        ("EEE d MMM yyyy", "Thu 5 Nov 2026"),
        ("EEEE, d MMMM yy", "Thursday, 5 November 26"),
        ("d.M.yy h:mm a", "5.11.26 2:07 PM"),
        ("dd/MM 'at' HH'h'", "05/11 at 14h"),
        ("'o''clock' HH", "o'clock 14"),
        ("100 % yyyy", "100 % 2026"),
    ],
)
def test_instants_are_written_by_javas_patterns(pattern: str, says: str) -> None:
    assert render("{{ at.format(pattern) }}", {"at": AT, "pattern": pattern}) == says


@pytest.mark.parametrize("pattern", ["MMMMM", "YYYY-MM-dd", "QQ", "dd nope"])
def test_letters_that_mean_nothing_in_a_date_are_an_error_and_no_wrong_text(pattern: str) -> None:
    with pytest.raises(TemplateRefused, match="means nothing in a date pattern"):
        render("{{ at.format(pattern) }}", {"at": AT, "pattern": pattern})


def test_how_long_it_is_from_one_instant_to_another() -> None:
    values = {"a": AT, "b": When(AT.at + timedelta(days=9, hours=5, minutes=2))}
    for unit, whole in (("weeks", 1), ("days", 9), ("hours", 221), ("minutes", 13262)):
        text = f"{{{{ a.diff(b).{unit} }}}}"
        check(text)
        assert render(text, values) == str(whole)
    assert render("{{ b.diff(a) }}", values) == "-9 days"


def test_a_value_that_there_is_not_is_told_when_the_rule_is_saved() -> None:
    known = ("issue", "now")
    check("{% for one in issue.labels %}{{ one }}{{ loop.index }}{% endfor %}{{ now }}", known)
    with pytest.raises(TemplateRefused, match="no value 'lookupIssues'; there are: issue, now"):
        check("{% for one in lookupIssues %}{{ one.key }}{% endfor %}", known)


@pytest.mark.parametrize(
    ("text", "each"),
    [
        ("{{ issue.labels }}", ["a", "b"]),
        (" {{ issue.labels | list }} ", ["a", "b"]),
        ("{{ issue.none }}", []),
        ("{{ issue.key }}", ["BURN-1"]),
        ("{{ issue.key }}{{ issue.key }}", ["BURN-1BURN-1"]),
        ("x-{{ issue.key }}", ["x-BURN-1"]),
        ("plain", ["plain"]),
    ],
)
def test_a_text_that_is_one_value_stands_for_each_item_of_a_list(text: str, each: list[str]) -> None:
    values = {"issue": {**VALUES["issue"], "none": []}}  # type: ignore[dict-item]
    assert render_each(text, values) == each


@pytest.mark.parametrize(
    ("jql", "says"),
    [
        ("labels IN ({{ issue.labels }})", 'labels IN ("a", "b")'),
        ('labels not in ("x", {{ issue.labels }})', 'labels not in ("x", "a", "b")'),
        ("key in ({{ issue.labels | map('upper') }})", 'key in ("A", "B")'),
        ("labels = {{ issue.labels }}", 'labels = "a, b"'),
        ("assignee in membersOf({{ issue.labels }})", 'assignee in membersOf("a, b")'),
        ("(labels = {{ issue.labels }})", '(labels = "a, b")'),
        ("key IN ({{ issue.key }})", 'key IN ("BURN-1")'),
    ],
)
def test_a_list_is_a_list_of_jql_only_where_jql_takes_one(jql: str, says: str) -> None:
    assert render_query(jql, VALUES) == says


@given(items=st.lists(st.text(max_size=20), min_size=1, max_size=4), other=st.text(max_size=20))
@settings(max_examples=200, deadline=None)
def test_no_item_of_a_list_becomes_another_part_of_a_query(items: list[str], other: str) -> None:
    assume(any(items))
    made = render_query("labels in ({{ items }})", {"items": items})
    assert isinstance(parse(made).where, Terminal)
    # Whatever stands before it, too, and where no list may stand.
    both = parse(
        render_query("summary ~ {{ other }} AND labels = {{ items }}", {"items": items, "other": other})
    )
    assert isinstance(both.where, And)
    assert len(both.where.clauses) == 2
    assert both.order_by == ()
