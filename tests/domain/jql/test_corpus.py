"""Queries of real repositories and of parser tests, with what Atlassian's own parser said to each."""

import json
from pathlib import Path

import pytest

from app.domain.jql.errors import JqlNotUnderstood
from app.domain.jql.parser import parse
from app.domain.jql.printing import canonical

CORPUS = Path(__file__).parents[3].parent / "shared" / "data" / "jql" / "corpus.jsonl"
QUERIES = [json.loads(line) for line in CORPUS.read_text().splitlines()] if CORPUS.exists() else []

pytestmark = pytest.mark.skipif(not QUERIES, reason="the corpus is not beside the checkout")


def without_layout(text: str) -> str:
    return " ".join(text.split())


def test_every_valid_query_is_read_and_printed_as_atlassian_prints_it() -> None:
    """Apart from layout: Atlassian breaks long queries into lines."""
    valid = [each for each in QUERIES if each["valid"]]
    different = [
        (each["canonical"], canonical(parse(each["jql"])))
        for each in valid
        if without_layout(canonical(parse(each["jql"]))) != without_layout(each["canonical"])
    ]
    assert different == []
    assert len(valid) > 400


@pytest.mark.parametrize("query", [each["jql"] for each in QUERIES if not each["valid"]])
def test_every_invalid_query_is_refused(query: str) -> None:
    with pytest.raises(JqlNotUnderstood):
        parse(query)
