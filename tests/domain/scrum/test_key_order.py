"""Keys are sorted as people count, whatever stands in them."""

import re

from hypothesis import given
from hypothesis import strategies as st

from app.domain.scrum.scope import issue_order

keys = st.text(st.sampled_from("AB-019²٣\n "), max_size=8)


@given(keys)
def test_the_digits_after_the_last_dash_are_a_number(key: str) -> None:
    match = re.fullmatch(r"(.*)-([0-9]+)", key, flags=re.DOTALL)
    expected = (match[1], int(match[2]), key, "") if match else (key, 0, key, "")
    assert issue_order(key) == expected


def test_nine_comes_before_ten() -> None:
    assert sorted(["BURN-10", "BURN-9", "AB-11"], key=issue_order) == ["AB-11", "BURN-9", "BURN-10"]
