from decimal import Decimal

import pytest

from app.domain.scrum.numbers import number_said


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("3", "3"),
        (" 2.5 ", "2.5"),
        ("-1", "-1"),
        ("1e5", "100000"),
        ("0.0", "0"),
        ("5.", "5"),
        ("1e300", "1e300"),
    ],
)
def test_what_people_and_jira_write_is_a_number(text: str, number: str) -> None:
    assert number_said(text) == Decimal(number)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nan",
        "NaN",
        "sNaN",
        "inf",
        "-Infinity",
        "1_000",
        "\u0663",
        "\uff11",
        "1,5",
        "3 h",
        "1e301",
        "1e-999999999",
    ],
)
def test_words_are_no_numbers_whatever_a_program_takes_them_for(text: str) -> None:
    assert number_said(text) is None
