"""Custom fields may share a name: a query then means all of them."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from app.domain.jql.catalogue import Catalogue, CustomField
from app.domain.jql.check import plan
from app.domain.jql.parser import parse

FIELDS = tuple(CustomField(f"customfield_{number}", "Points", "number", None) for number in (1, 2))
SITE = Catalogue(datetime(2026, 3, 11, tzinfo=UTC), ZoneInfo("UTC"), FIELDS)


def test_what_is_sorted_by_a_shared_name_is_sorted_by_each_field_in_turn() -> None:
    order = plan(parse("ORDER BY Points DESC, key"), SITE).order
    assert [(key.subject.field, key.descending) for key in order] == [
        ("customfield_1", True),
        ("customfield_2", True),
        ("key", False),
    ]
