"""What the page looks like by day, by night and on a phone, as far as it can be said without eyes."""

import re

import pytest

from app.domain.reports import page
from app.domain.reports.document import Report, Table, Text, say
from app.domain.reports.page_style import STYLE

READABLE = 4.5
"""Contrast of text, WCAG 2.1 level AA."""
BLOCKS = [match[1] for match in re.finditer(r":root \{([^}]*)\}", STYLE)]
SCHEMES = dict(
    zip(("light", "dark"), (dict(re.findall(r"--([\w-]+): (#\w+)", one)) for one in BLOCKS), strict=True)
)
ON_PANELS = [f"{kind}-back" for kind in ("success", "warning", "error", "info", "neutral")]
PAIRS = [
    *((text, "page") for text in ("ink", "soft", "link")),
    *((text, back) for text in ("ink", "link") for back in ON_PANELS),
    *((colour, f"{colour}-back") for colour in ("mark", "green", "yellow", "red", "blue")),
]


def luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) > 4 else "".join(2 * digit for digit in colour[1:])
    shares = (int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4))
    linear = [share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(("text", "back"), PAIRS)
def test_text_can_be_read_by_day_and_by_night(scheme: str, text: str, back: str) -> None:
    low, high = sorted(luminance(SCHEMES[scheme][one]) for one in (text, back))
    assert (high + 0.05) / (low + 0.05) >= READABLE


def test_each_colour_is_known_in_both_schemes() -> None:
    used = set(re.findall(r"var\(--([\w-]+)\)", STYLE))
    assert used == set(SCHEMES["light"]) == set(SCHEMES["dark"])


def test_cells_of_wide_tables_say_which_they_are_and_those_of_narrow_ones_need_not() -> None:
    """On a phone a wide table is a list, without its header."""
    row = (say("BURN-1"), say("Login"), say("<b>"), say("5"))
    wide = page.render(
        Report("r", (Table(("Issue", "Summary", 'Sta"tus', "Points"), (row, row[:3])),)), base_url=""
    )
    assert '<table class="many">' in wide
    assert '<td data-title="Sta&#34;tus">&lt;b&gt;</td>' in wide
    assert wide.count('<td class="number" data-title="Points">5</td>') == 1
    narrow = page.render(Report("r", (Table(("", "Points"), ((say("Added"), say("5")),)),)), base_url="")
    assert "data-title=" not in narrow.split("</style>")[1]
    assert "many" not in narrow.split("</style>")[1]


def test_figures_with_their_meaning_are_told_from_other_narrow_tables() -> None:
    """On a phone the meaning stands below the figure, else it would be a column of single words."""
    named = ("Measure", "Value", "Meaning")
    figures = Table(named, ((say("Age"), (Text("9 days", strong=True),), say("of all")),) * 2)
    plain = Table(named, (figures.rows[0], (say("Age"), say("9 days"), say("of all"))))
    assert '<table class="figures">' in page.render(Report("r", (figures,)), base_url="")
    assert 'class="figures"' not in page.render(Report("r", (plain,)), base_url="")
