"""What is compared as numbers, and what as texts."""

from typing import Any, cast

import pytest

from app.domain.rules.condition_parts import CompareCondition
from app.domain.rules.conditions import find


@pytest.mark.parametrize(
    ("left", "how", "right", "holds"),
    [
        ("10", ">", "9", True),
        ("2.50", "=", "2.5", True),
        ("nan", "=", "nan", True),
        ("nan", "<", "5", False),
        ("inf", ">", "9", True),
        ("1_000", "=", "1000", False),
        ("1_0", ">", "9", False),
    ],
)
def test_numbers_are_compared_as_numbers_and_words_letter_by_letter(
    left: str, how: str, right: str, holds: bool
) -> None:
    condition = CompareCondition.model_validate({"compare": {"left": left, "operator": how, "right": right}})
    assert find(condition, cast("Any", None)).holds is holds
