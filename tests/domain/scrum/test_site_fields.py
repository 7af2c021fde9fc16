"""Fields are found by what they are, whatever the language of the account is."""

from typing import Any

from app.domain.scrum.from_jira import find_fields

_OF_PLATFORM = "com.atlassian.jira.plugin.system.customfieldtypes"


def _field(number: int, name: str, custom: str, **more: Any) -> dict[str, Any]:
    return {"id": f"customfield_{number}", "name": name, "schema": {"custom": custom}, **more}


def test_fields_with_general_types_are_found_by_their_untranslated_names() -> None:
    rank = "com.pyxis.greenhopper.jira:gh-lexo-rank"
    found = find_fields(
        [
            _field(1, "Markiert", f"{_OF_PLATFORM}:multicheckboxes", untranslatedName="Flagged"),
            _field(2, "Flagged", f"{_OF_PLATFORM}:multicheckboxes", untranslatedName="Marks of a customer"),
            _field(3, "Story-Punkte", f"{_OF_PLATFORM}:float", untranslatedName="Story Points"),
            _field(4, "Zweiter Rang", rank, untranslatedName="Second rank"),
            _field(5, "Rang", rank, untranslatedName="Rank"),
        ]
    )
    assert (found.flagged, found.story_points, found.rank) == (
        "customfield_1",
        ("customfield_3",),
        "customfield_5",
    )
