"""The report as a page: all that it says, nothing that it loads, and no text that is markup."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.reports import markdown, page
from app.domain.reports.charts.pictures import of_sprint
from app.domain.reports.document import Medium, Paragraph, Report, Table, say
from app.domain.reports.sprint_health import report
from tests.domain.reports.test_outlook import of_the_team

SITE = "https://burnish.example"
SVG = '<svg xmlns="http://www.w3.org/2000/svg"><text>drawn</text></svg>'
EVIL = '<img src=x onerror="alert(1)"> & </style></script>'


class Reader(HTMLParser):
    """Tags and text; void elements need no end."""

    VOID = frozenset({"meta", "br", "img", "link"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    reader.close()
    assert reader.open == []
    return reader


@pytest.fixture(scope="module")
def whole() -> Report:
    return report(of_the_team())


def test_the_page_says_what_the_report_says_and_shows_every_chart(whole: Report) -> None:
    names = [picture.name for picture in whole.pictures(Medium.PAGE)]
    assert names == ["burndown", "burn-up", "by-count", "velocity", "cycle-time"]
    found = read(page.render(whole, base_url=SITE, drawn=dict.fromkeys(names, SVG)))
    assert found.text.count("drawn") == 5
    text = "\n".join(line for line in markdown.render(whole).splitlines() if not line.startswith("Burn"))
    words = re.findall(r"[A-Za-z0-9]{3,}", re.sub(r"\]\([^)]*\)", "", text))
    missing = {word for word in words if word.lower() not in found.text.lower()}
    assert not missing


def test_nothing_is_loaded_and_nothing_runs(whole: Report) -> None:
    found = read(page.render(whole, base_url=SITE, drawn={"burndown": SVG}))
    assert not {tag for tag, _ in found.tags} & {"script", "link", "img", "iframe", "object", "form"}
    assert not [attr for _, attrs in found.tags for attr in attrs if attr.startswith("on")]
    assert any(
        "default-src 'none'" in str(attrs.get("content")) for tag, attrs in found.tags if tag == "meta"
    )


def test_a_chart_that_was_not_drawn_is_told_in_words(whole: Report) -> None:
    picture = next(iter(of_sprint(of_the_team())))
    assert picture.alt in read(page.render(whole, base_url=SITE)).text


def test_what_people_write_is_text() -> None:
    health = of_the_team()
    issues = tuple(replace(issue, summary=EVIL, status_name=EVIL) for issue in health.issues)
    evil = replace(health, issues=issues, sprint_name=EVIL, goal=EVIL, board_name=EVIL)
    found = read(page.render(report(evil), base_url=SITE))
    assert "img" not in {tag for tag, _ in found.tags}
    assert EVIL in found.text


@given(st.text())
def test_any_text_comes_out_as_it_went_in(text: str) -> None:
    shown = say(text)
    found = read(page.render(Report("Title", (Table(("a",), ((shown,),)),)), base_url=SITE))
    if shown:
        assert shown[0].text.strip() in found.text  # type: ignore[union-attr]


def test_a_percent_sign_stays_on_the_line_of_its_number() -> None:
    html = page.render(Report("A chance", (Paragraph(say("The chance is 2 % of 3")),)), base_url="")
    assert "is 2\N{NO-BREAK SPACE}% of 3" in html
