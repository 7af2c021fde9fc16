"""The grammar, what is refused and where, and that printing loses nothing."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.jql.errors import JqlNotUnderstood
from app.domain.jql.parser import MOST_NESTED, parse
from app.domain.jql.printing import as_json, canonical
from app.domain.jql.tree import Query, value
from app.domain.jql.words import KEYWORDS, RESERVED
from tests.domain.jql.trees import queries, texts


@settings(max_examples=300)
@given(queries)
def test_what_is_printed_is_read_as_the_same_tree(query: Query) -> None:
    assert parse(canonical(query)) == query


@settings(max_examples=300)
@given(
    st.text(st.characters(codec="utf-8"))
    | st.lists(texts | st.sampled_from([*"()=!,[]&|~<>", "and", "in"])).map(" ".join)
)
def test_any_text_is_read_or_refused_with_a_place_inside_it(text: str) -> None:
    try:
        tree = parse(text)
    except JqlNotUnderstood as error:
        refused = error
    else:
        assert parse(canonical(tree)) == tree
        return
    assert 0 <= refused.position <= len(text)
    assert refused.shown()


@given(texts)
def test_any_text_can_be_a_value(text: str) -> None:
    tree = parse(f"x = {value(text).text}").where
    assert tree is not None
    assert as_json(Query(tree))["where"]["operand"]["value"] == text


def test_two_escapes_of_utf_16_are_one_character() -> None:
    tree = parse(r"x = '\ud83d\ude00!'")
    assert as_json(tree)["where"]["operand"]["value"] == "😀!"
    assert parse(canonical(tree)) == tree


@pytest.mark.parametrize(
    ("query", "printed"),
    [
        ("status was in (Open, 'In Progress') by jane during (-2w, now()) and a=b", None),
        ("status WAS NOT IN (1)", None),
        ("status was not Open before '2026-01-01'", None),
        ("assignee changed from a to b by c on -1d after x before y", None),
        ("!a=b & ! (c~d || e!~f)", "not a = b and not (c ~ d or e !~ f)"),
        ("issue.property[a.b].c.d = 1 and project.property['x y'] = z", None),
        ("a in (b, (c, empty), f(1, 'x'))", None),
        ("cf[ 10010 ] >= -5 order by cf[10010] asc, 'Story Points' desc", None),
        ("ORDER BY key", "ORDER BY key"),
        ("", ""),
        ("a ~ null", "a ~ empty"),
        (r"a = \u0041\ b", r"a = \u0041\ b"),
        ("straße = grün", "straße = grün"),
        ("a = b AND (c = d AND e = f)", "a = b and (c = d and e = f)"),
        ("((a = b))", "a = b"),
        ("not not a = b", "not not a = b"),
        ("12 = 3", "12 = 3"),
    ],
)
def test_forms_of_the_grammar(query: str, printed: str | None) -> None:
    found = canonical(parse(query))
    if printed is not None:
        assert found == printed
    assert parse(found) == parse(query)


@pytest.mark.parametrize(
    ("query", "position", "word"),
    [
        ("status = when", 9, "reserved word"),
        ("when = x", 0, "reserved word"),
        ("status = a b", 11, "quotes"),
        ("a = b and", 9, "the query ends"),
        ("a = 'b", 4, "never closed"),
        (r"a = 'b\q'", 6, "no escape"),
        ("a = b@c", 5, "reserved character"),
        ("a = \x01", 4, "U+0001"),
        ("a = \udcff", 4, "U+DCFF"),
        ("a in b", 5, "IN takes a list"),
        ("a = (b)", 4, "write IN"),
        ("a is b", 5, "EMPTY"),
        ("a is not (empty)", 9, "EMPTY"),
        ("a < empty", 4, "IS EMPTY"),
        ("a in ()", 6, "missing"),
        ("a in (b,)", 8, "missing"),
        ("a in (b", 7, "closes the list"),
        ("(a = b", 6, "closing parenthesis"),
        ("a = b)", 5, "No parenthesis"),
        ("a = f(x", 7, "closes the arguments"),
        ("a was b to c", 8, "CHANGED only"),
        ("order by", 8, "field"),
        ("order key", 6, "BY"),
        ("a = b order by c, ", 18, "field"),
        ("a = b order by c up", 17, "missing"),
        ("cf = 3", 3, "cf[10001]"),
        ("cf[x] = 3", 3, "number"),
        ("a", 1, "operator"),
        ("a is ! empty", 5, "there is !"),
        ("a ! in (b)", 2, "operator"),
        ("a = b == c", 6, "AND"),
        ("-12[a] = 3", 3, "operator"),
        ("a\n=\n  b c", 8, "quotes"),
        # operators of other languages, with JQL's own
        ("a == b", 2, "== is no operator. Write =."),
        ("a <> b", 2, "Write !="),
        ("a => 3", 2, "Write >="),
        ("a !in (b)", 2, "Write NOT IN"),
        ("a not = b", 2, "not = is no operator. Write !=."),
        # names that begin with a word of the language, values without brackets, comments
        ("status = In Progress", 9, 'quotes: "In Progress"'),
        ("a in b", 5, "write (b)"),
        ("a is b", 5, "For a value write =."),
        ("a was (b, c)", 6, "write WAS IN"),
        ("a changed b", 10, "CHANGED FROM"),
        ("a = b after -1w", 6, "AFTER narrows WAS and CHANGED only"),
        ("a = b order by c descending", 17, "ASC, DESC, a comma"),
        ("a = b -- c", 6, "no comments"),
        ("a = b // c", 6, "no comments"),
        ("a = b;", 5, "without a semicolon"),
    ],
)
def test_faults_name_the_place_and_the_way_out(query: str, position: int, word: str) -> None:
    with pytest.raises(JqlNotUnderstood) as raised:
        parse(query)
    assert (raised.value.position, word in str(raised.value)) == (position, True), str(raised.value)


def test_a_place_is_told_by_line_and_character() -> None:
    with pytest.raises(JqlNotUnderstood) as raised:
        parse("a = b\nand c = when")
    assert (raised.value.line, raised.value.column) == (2, 9)
    assert raised.value.shown() == "and c = when\n        ^"


@pytest.mark.parametrize("word", sorted(KEYWORDS | RESERVED))
def test_reserved_words_are_refused_bare_and_taken_in_quotes(word: str) -> None:
    for query in (f"a = {word.upper()}", f"{word} = a"):
        if word not in {"empty", "null"} or not query.startswith("a"):
            with pytest.raises(JqlNotUnderstood):
                parse(query)
    assert canonical(parse(f"'{word}' = \"{word}\"")) == f"'{word}' = \"{word}\""
    assert canonical(parse(f"{word}x = {word}x")) == f"{word}x = {word}x"


@pytest.mark.parametrize(
    ("start", "opening", "end", "closing"),
    [("", "(", "a = b", ")"), ("", "not ", "a = b", ""), ("", "!", "a = b", ""), ("a in ", "(", "b", ")")],
)
def test_what_nests_without_end_is_refused_and_what_people_nest_is_not(
    start: str, opening: str, end: str, closing: str
) -> None:
    with pytest.raises(JqlNotUnderstood, match="inside each other"):
        parse(start + opening * 20_000)
    tree = parse(start + opening * MOST_NESTED + end + closing * MOST_NESTED)
    assert parse(canonical(tree)) == tree
