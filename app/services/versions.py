"""Two may edit the same thing: an edit says which version it is of, and the second one loses nothing."""

from app.errors import ChangedMeanwhile, VersionNeeded


def etag(version: int | str) -> str:
    """A version as HTTP writes it (RFC 9110, a strong entity tag)."""
    return f'"{version}"'


def check(seen: str | None, version: int | str, *, what: str) -> None:
    """Go on only if the editor looked at the present version.

    Args:
        seen: the editor's `If-Match`; "*" is any version.
        version: the present one, read in the transaction that writes, from a row that is locked.
        what: is edited, as a sentence begins: "Schedule 7".

    Raises:
        VersionNeeded: the editor does not say.
        ChangedMeanwhile: it is another one.
    """
    if seen is None:
        raise VersionNeeded(f"Say which version of {what} you edit: send the ETag of GET as If-Match.")
    present = etag(version)
    if {present, "*"}.isdisjoint(one.strip() for one in seen.split(",")):
        raise ChangedMeanwhile(
            f"{what[:1].upper()}{what[1:]} changed since you looked: it is {present} now. "
            "Get it again, then edit; nothing was written.",
            present=present,
        )
