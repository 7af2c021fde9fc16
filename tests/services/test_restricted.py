"""Issues with a security level: they count, and no report says which they are, unless it may."""

import json
from collections.abc import Iterator
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection

from app.domain.reports import markdown
from app.domain.reports.document import BulletList, IssueLink, Paragraph, Report, Table, say
from app.domain.reports.kinds import Kind
from app.domain.reports.restricted import without_restricted
from app.domain.scrum.calendar import Calendar
from app.domain.scrum.issue import LINKS
from app.domain.scrum.restricted import RESTRICTED, name_of
from app.domain.sprint_health.health import SprintHealth
from app.services import velocity
from app.services.rendering import FORMATS, render
from app.services.sprint_health import as_comment, as_messages, as_property, before, described, sprint_health
from app.store import boards, issues, reports, tables
from app.store.sites import Site
from tests.factories import END, a_change, a_sprint, day
from tests.services.test_sprint_health import fill

BASE = "https://burnish.test"
SECRETS = ("BURN-2", "Issue number 2", "Grace Hopper", "BURN-77")


def some_restricted(tx: Connection) -> Site:
    """Of the team's five issues the second; the first is blocked by a restricted one of another sprint."""
    site = fill(tx)
    own = tables.issues.c.site_id == site.id
    told = {"security_id": "10100", "summary": "Issue number 2", "assignee": "Grace Hopper"}
    tx.execute(tables.issues.update().where(own, tables.issues.c.key == "BURN-2").values(**told))
    ids = dict(
        tx.execute(tables.issues.select().with_only_columns(tables.issues.c.key, tables.issues.c.id)).all()
    )
    words = "This issue is blocked by BURN-77"
    link = a_change(LINKS, day(3), None, "BURN-77")._replace(after_text=words, history_id=77)
    flag = a_change("assignee", day(4), "grace", "grace")._replace(before_text="Grace Hopper", history_id=78)
    issues.save_changes(tx, site, {ids["BURN-3"]: [link], ids["BURN-2"]: [flag]}, final=True)
    row = dict(
        tx.execute(tables.issues.select().where(own, tables.issues.c.key == "BURN-5")).mappings().one()
    )
    tx.execute(tables.issues.insert().values(**{**row, "id": "99977", "key": "BURN-77", "security_id": "1"}))
    return site


def health_of(tx: Connection, site: Site, kind: Kind = Kind.DAILY, **asked: Any) -> SprintHealth:
    return sprint_health(
        tx, site, board_id=1, sprint_id=7, at=day(9), calendar=Calendar(), kind=kind, **asked
    )


def everything(tx: Connection, site: Site, **asked: Any) -> Iterator[str]:
    """All that anybody could read of it."""
    for kind in Kind:
        health = health_of(tx, site, kind, **asked)
        told = described(health, before(tx, site, health, day(9), **asked), kind)
        drawn: list[Any] = []

        def draw(spec: Any, drawn: list[Any] = drawn) -> str:
            drawn.append(json.dumps(spec))
            return "<svg></svg>"

        yield from (render(told, style=style, base_url=BASE, draw=draw) for style in FORMATS)
        yield from drawn
        yield repr(as_comment(health, site, "BURN-1", kind=kind))
        yield repr(as_property(health, "burnish", kind=kind))
        yield repr(as_messages(health, site, "BURN-1", kind=kind, channels=["team"]))


def test_nothing_names_them_and_all_numbers_stay(tx: Connection) -> None:
    site = some_restricted(tx)
    for text in everything(tx, site):
        for secret in SECRETS:
            assert f"{secret}\n" not in text + "\n"
            assert not [one for one in text.split(secret)[1:] if not one[:1].isdigit()]
    hidden, shown = health_of(tx, site), health_of(tx, site, show_restricted=True)
    assert (hidden.verdict, hidden.ratios) == (shown.verdict, shown.ratios)
    for line in ("commitment", "added", "removed", "re_estimated", "burned", "remaining"):
        mine, theirs = getattr(hidden.ledger, line), getattr(shown.ledger, line)
        assert (mine.points, mine.issues) == (theirs.points, theirs.issues)


def test_they_are_told_as_so_many(tx: Connection) -> None:
    site = some_restricted(tx)
    told = described(health_of(tx, site))
    text = render(told, style="markdown", base_url=BASE, draw=lambda _: "")
    assert "| a restricted issue |" in text
    assert not RESTRICTED.search(text)
    document = told.document()
    assert document["restricted_issues"] == 1
    (row,) = (one for one in document["issues"] if RESTRICTED.fullmatch(one["key"]))
    assert (row["summary"], row["key"]) == ("", row["id"])


def test_where_the_board_may_show_them_they_stand_like_others(tx: Connection) -> None:
    site = some_restricted(tx)
    text = "\n".join(everything(tx, site, show_restricted=True))
    assert "BURN-2" in text
    assert "Issue number 2" in text
    assert "restricted issue" not in text


def test_what_an_earlier_report_named_is_not_named_again_once_it_is_restricted(tx: Connection) -> None:
    site = fill(tx)
    document = {
        "timing": {"as_of": day(5).isoformat()},
        "verdict": "at risk",
        "blocked": ["BURN-2"],
    }
    reports.save(
        tx,
        site_id=site.id,
        run_id=None,
        kind="sprint_health",
        board_id=1,
        sprint_id=7,
        at=day(5),
        now=day(5),
        document=document,
    )

    def told() -> str:
        health = health_of(tx, site)
        earlier = before(tx, site, health, day(9))
        return render(described(health, earlier), style="markdown", base_url="", draw=lambda _: "")

    assert "No longer blocked: BURN-2" in told()
    tx.execute(tables.issues.update().where(tables.issues.c.key == "BURN-2").values(security_id="1"))
    assert "No longer blocked: a restricted issue." in told()


def test_velocity_names_none(tx: Connection) -> None:
    site = some_restricted(tx)
    boards.save_sprint(tx, site.id, a_sprint(completed=END), heard_at=END)
    figures = velocity.board_velocity(tx, site, board_id=1, at=END, calendar=Calendar(), last=7)
    assert figures.velocity.streaks
    texts = [
        render(velocity.described(figures), style=style, base_url=BASE, draw=lambda _: "")
        for style in FORMATS
    ]
    assert not [text for text in texts if '"BURN-2"' in text or "BURN-2]" in text or "BURN-2|" in text]
    assert "a restricted issue" in texts[0]


KEYS = st.lists(
    st.one_of(
        st.integers(1, 99).map(lambda n: f"SHOP-{n}"), st.integers(1, 5).map(lambda n: name_of(str(n)))
    ),
    min_size=1,
    max_size=9,
    unique=True,
)


@given(KEYS, st.booleans())
def test_of_any_list_the_public_ones_stay_in_their_order_and_the_others_are_counted(
    keys: list[str], detailed: bool
) -> None:
    parts: list[Any] = ["Done: "]
    for place, key in enumerate(keys):
        parts += [", " if place else "", IssueLink(key), " (5)" if detailed else ""]
    cells = tuple(((IssueLink(key),), say("x")) for key in keys)
    report = Report(
        "Report",
        (
            Paragraph(say(*parts, ".")),
            BulletList((say("Split or drop: ", ", ".join(keys), "."),)),
            Table(("Issue", ""), cells),
        ),
    )
    text = markdown.render(without_restricted(report))
    assert not RESTRICTED.search(text)
    public = [key for key in keys if not RESTRICTED.fullmatch(key)]
    number = len(keys) - len(public)
    assert [text.count(f"{key}{end}") for key in public for end in ("",)] == [
        3 + sum(3 for other in public if other != key and other.startswith(key)) for key in public
    ]
    label = "a restricted issue" if number == 1 else f"{number} restricted issues"
    assert text.count(label) == (3 if number else 0)
    assert ", ." not in text
    assert ", ," not in text
    assert "Done: ," not in text


def test_a_name_leads_nowhere_and_tells_issues_apart() -> None:
    assert name_of("10001") != name_of("10002")
    assert RESTRICTED.fullmatch(name_of("10001"))
    assert "10001" not in name_of("10001")
