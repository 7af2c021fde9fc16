"""What is said of pictures in comments."""

from app.domain.reports.comment_pictures import LONGEST_ALT, pictures_of
from app.domain.reports.document import Medium, Picture, Report


def test_no_report_can_say_so_much_of_a_picture_that_the_comment_is_too_long() -> None:
    def said(alt: str) -> str:
        (picture,) = pictures_of(Report("", (Picture("sprint", alt, {}, Medium.COMMENT, 700),)), "velocity:1")
        return picture.alt

    assert said("8 at the start, 5 remaining.") == "8 at the start, 5 remaining."
    assert len(said("a very long story " * 500)) <= LONGEST_ALT
    assert said("a very long story " * 500).endswith("…")
