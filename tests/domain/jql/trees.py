"""Any tree that JQL can say, for property tests."""

from hypothesis import strategies as st

from app.domain.jql.tree import (
    And,
    Call,
    Clause,
    Empty,
    Field,
    Listed,
    Not,
    Operator,
    Or,
    Predicate,
    Property,
    Query,
    Sort,
    Terminal,
    value,
)
from app.domain.jql.words import written

texts = st.text(st.characters(codec="utf-8"), max_size=12) | st.sampled_from(
    [
        "order by",
        "and",
        "NULL",
        "-12",
        "007",
        "a b",
        'say "x"',
        "back\\slash",
        "Ünï",
        "…",
        "",
        "{x}",
        "cf",
        "\t",
    ]
)
values = texts.map(value)
empties = st.just(Empty())
calls = st.builds(Call, values, st.lists(values, max_size=3).map(tuple))
lists = st.recursive(
    st.lists(values | empties | calls, min_size=1, max_size=3).map(lambda each: Listed(tuple(each))),
    lambda inner: st.lists(inner | values, min_size=1, max_size=3).map(lambda each: Listed(tuple(each))),
    max_leaves=4,
)
properties = st.builds(
    Property, values, st.lists(st.sampled_from([".a", ".b.c"]).map(value), max_size=1).map(tuple)
)
_number = {"-12", "007"}
plain_fields = texts.map(lambda said: Field(said, written(said)))
fields = (
    plain_fields
    | st.integers(0, 99999).map(lambda number: Field(str(number), f"cf[{number}]", is_custom_id=True))
    | st.builds(
        lambda said, found: Field(said, written(said), properties=tuple(found)),
        texts.filter(lambda said: not said.removeprefix("-").isdigit()),
        st.lists(properties, max_size=2),
    )
)


def predicates(*names: str) -> st.SearchStrategy[tuple[Predicate, ...]]:
    one = st.builds(Predicate, st.sampled_from(names), values | empties | calls | lists)
    return st.lists(one, max_size=3).map(tuple)


_when = ("after", "before", "on", "during", "by")
_shapes = {
    (Operator.EQUALS, Operator.NOT_EQUALS, Operator.LIKE, Operator.NOT_LIKE): values | empties | calls,
    (Operator.LESS, Operator.LESS_EQUALS, Operator.GREATER, Operator.GREATER_EQUALS): values | calls,
    (Operator.IN, Operator.NOT_IN): lists | calls,
    (Operator.IS, Operator.IS_NOT): empties,
}
terminals = st.one_of(
    *(st.builds(Terminal, fields, st.sampled_from(some), operands) for some, operands in _shapes.items()),
    st.builds(
        Terminal,
        fields,
        st.sampled_from([Operator.WAS, Operator.WAS_NOT]),
        values | empties | calls,
        predicates(*_when),
    ),
    st.builds(
        Terminal,
        fields,
        st.sampled_from([Operator.WAS_IN, Operator.WAS_NOT_IN]),
        lists | calls,
        predicates(*_when),
    ),
    st.builds(Terminal, fields, st.just(Operator.CHANGED), st.none(), predicates(*_when, "from", "to")),
)
clauses: st.SearchStrategy[Clause] = st.recursive(
    terminals,
    lambda inner: (
        inner.map(Not)
        | st.lists(inner, min_size=2, max_size=3).map(lambda each: And(tuple(each)))
        | st.lists(inner, min_size=2, max_size=3).map(lambda each: Or(tuple(each)))
    ),
    max_leaves=8,
)
sorts = st.builds(Sort, fields, st.sampled_from([None, True, False]))
queries = st.builds(Query, st.none() | clauses, st.lists(sorts, max_size=3).map(tuple))
