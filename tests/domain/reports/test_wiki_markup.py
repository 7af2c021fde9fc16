"""That wiki markup says what the document says, and that no text of a person becomes any of it."""

import html
import itertools
import random
import re
from collections.abc import Callable
from datetime import date

import pytest

from app.domain.reports import wiki_markup
from app.domain.reports.document import (
    Block,
    BulletList,
    Colour,
    Date,
    Expand,
    Heading,
    Inlines,
    IssueLink,
    Panel,
    PanelKind,
    Paragraph,
    Report,
    SearchLink,
    Status,
    Table,
    Text,
    say,
)

SITE = "https://burnish.example/jira"

SMUGGLED = {
    "macro": r"(?<!\\)[{}]|\{\{|\}\}",
    "link": r"(?<!\\)[\[\]]|://|mailto:|@",
    "image": r"(?<!\\)!",
    "line break": r"\\\\|[\r\n]",
    "cell": r"\|",
    "phrase": r"(?<!\\)[*_^~]|\?\?",
    "struck out or underlined": r"(?<![\\A-Za-z0-9])[-+](?!\s)|--",
    "list": r"^\s*(#+|-+|\*+)\s",
    "heading or quotation": r"^\s*(h[1-6]|bq)\.",
    "face": r"(?i)[:;]-?[()]|:-?[pd](?![a-z0-9])",
    "picture": r"(?i)(?<!\\)\((y|n|i|x|on|off|flag|flagoff|[/!+?-]|\*[rgby]?)\)",
}
"""What Jira would read as markup, by what it would make of it."""

PIECES = (
    *"\\{}[]()|*_-+^~!?#@:;&.$<> /aPD1é",
    "h1.",
    "bq.",
    "{code}",
    "{{x}}",
    "[~eve]",
    "!x.png!",
    "||",
    "\\\\",
    "----",
    "# x",
    "(y)",
    "(*r)",
    "(-)",
    ":-)",
    ":D",
    "&amp;",
    "&#123;",
    "http://e.example",
    "mailto:e",
    "\n* x",
    "\u2028",
    "\u202e",
)


def rendered(*blocks: Block) -> str:
    return wiki_markup.render(Report("not a block", blocks), base_url=SITE)


def shown(markup: str) -> str:
    """What a reader sees of text without markup."""
    return html.unescape(re.sub(r"\\([*_^~!\[\]{}+-])", r"\1", markup))


def hostile_texts() -> list[str]:
    chance = random.Random(7)
    pairs = ["".join(pair) for pair in itertools.product(PIECES, repeat=2)]
    longer = ["".join(chance.choices(PIECES, k=chance.randint(3, 9))) for _ in range(5_000)]
    return [*pairs, *longer]


@pytest.mark.parametrize(
    ("block", "markup"),
    [
        (Heading(3, say("Numbers")), "h3. Numbers"),
        (Paragraph(say(Text("Goal: ", strong=True), "ship it")), "*Goal:* ship it"),
        (Paragraph((Date(date(2026, 3, 7)),)), "2026-03-07"),
        (Paragraph((IssueLink("BURN-1"),)), "BURN-1"),
        (Paragraph((SearchLink("all", "a = 1|]"),)), f"[all|{SITE}/issues/?jql=a%20%3D%201%7C%5D]"),
        (Paragraph((Status("To do"),)), "{color:#42526e}*TO DO*{color}"),
        (BulletList((say("a"), say("b"))), "* a\n* b"),
        (Table(("", "b"), ((say("c"), ()), ((), say("d")))), "|| ||b||\n|c| |\n| |d|"),
        (
            Panel(PanelKind.ERROR, (Paragraph(say("a")), BulletList((say("b"),)))),
            "{panel:borderColor=#ff8f73|bgColor=#ffebe6}\na\n\n* b\n{panel}",
        ),
        (Expand("More", (Paragraph(say("a")),)), "h4. More\n\na"),
    ],
)
def test_every_block_has_its_notation(block: Block, markup: str) -> None:
    assert rendered(block) == markup


@pytest.mark.parametrize("colour", Colour)
@pytest.mark.parametrize("kind", PanelKind)
def test_every_colour_and_every_panel_is_known(colour: Colour, kind: PanelKind) -> None:
    said = rendered(Panel(kind, (Paragraph((Status("x", colour),)),)))
    assert said.count("{panel") == said.count("{color") == 2


@pytest.mark.parametrize(
    "text",
    [
        "BURN-1, BURN-22 since 2026-03-07 13:00 UTC+01:00",
        "9 committed + 8 added - 3 removed = 14",
        "re-estimated from 3 to 5, after it was done (5); R&D's work: 50 % (half)",
        "#10023",
        "▁▂▃▄ 💥 Größe — “quoted”",
    ],
)
def test_what_is_no_markup_is_not_touched(text: str) -> None:
    assert rendered(Paragraph(say(text))) == text


@pytest.mark.parametrize(
    ("text", "markup"),
    [
        ("# one", "&#35; one"),
        ("  - one", "&#45; one"),
        ("* one", r"\* one"),
        ("h1. one", "h1&#46; one"),
        ("BQ. one", "BQ&#46; one"),
        ("----", "&#45;&#45;&#45;&#45;"),
    ],
)
def test_no_line_item_or_cell_starts_with_a_mark(text: str, markup: str) -> None:
    cell = say(text)
    assert rendered(Paragraph(cell)) == markup
    assert rendered(BulletList((cell,))) == f"* {markup}"
    assert rendered(Table(("x",), ((cell,),))) == f"||x||\n|{markup}|"


@pytest.mark.parametrize("what", SMUGGLED)
def test_nothing_is_smuggled_through_any_text(what: str) -> None:
    for text in hostile_texts():
        said = rendered(Paragraph((Text(text),)))
        assert not re.search(SMUGGLED[what], said), (text, said)


def test_every_text_is_shown_as_it_was_written() -> None:
    for text in hostile_texts():
        seen = re.sub("[\n\u2028\u202e]+", " ", text).strip()
        assert shown(rendered(Paragraph((Text(text),)))) == seen


@pytest.mark.parametrize(
    "wrapped",
    [
        lambda text: (Text(text, strong=True),),
        lambda text: (Status(text),),
        lambda text: (SearchLink(text, text),),
        lambda text: (IssueLink(text),),
        lambda text: (Text("a"), Text(text), IssueLink("BURN-1"), Text(text), Text("a")),
    ],
)
def test_no_text_leaves_its_cell_or_opens_a_macro_in_any_part(wrapped: Callable[[str], Inlines]) -> None:
    ours = re.compile(
        r"\{color(:#[0-9a-f]{6})?\}|(?<=\|)\*|\*(?=\|)|(?<=\})\*|\*(?=\{)|(?<=\|)\[|\|https://[^|\]]+\]"
    )
    for text in hostile_texts():
        said = rendered(Table(("x",), ((wrapped(text),),)))
        row = said.removeprefix("||x||\n")
        assert "\n" not in row
        theirs = ours.sub("", row)[1:-1]
        for what in ("macro", "image", "line break", "cell"):
            assert not re.search(SMUGGLED[what], theirs), (text, said)


def test_strong_text_has_no_space_inside_its_marks() -> None:
    said = rendered(Paragraph(say("a", Text(" b* ", strong=True), "c", Text(" ", strong=True))))
    assert said == r"a *b\** c"


def test_the_limit_counts_as_jira_does() -> None:
    items = tuple(say("💥" * 10) for _ in range(100))
    long = Report("", (BulletList(items, shorten=1),))
    short = wiki_markup.fit(long, 1_000, base_url=SITE)
    markup = wiki_markup.render(short, base_url=SITE)
    assert 900 < len(markup.encode("utf-16-le")) // 2 <= 1_000
    assert markup.endswith("more")
