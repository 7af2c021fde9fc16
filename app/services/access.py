"""Who asks, and how far that reaches: roles, and the sites that a key is for."""

from dataclasses import dataclass
from enum import StrEnum

from app.errors import Forbidden

USER = "x-burnish-user"
"""Header in which the command line says who types. It is believed together with a key of the settings, whose
owner may do everything anyhow."""


class Role(StrEnum):
    """What a key may do; each may do what those before it may."""

    VIEWER = "viewer"
    EDITOR = "editor"
    ADMIN = "admin"

    def reaches(self, needed: "Role") -> bool:
        """Whether it is that role, or a higher one."""
        order = list(Role)
        return order.index(self) >= order.index(needed)


MEANING = {
    Role.VIEWER: "only looks",
    Role.EDITOR: "changes content and starts runs",
    Role.ADMIN: "also changes sites, secrets and keys, and reads the audit",
}


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks.

    Attributes:
        name: as the audit has it: "key ci", "settings key", "CLI alice".
        sites: names of the sites that the key is for; None for all.
        key_id: of a key in the store; below zero: of one in the settings.
        sees_restricted: whether issues with a security level are shown, and not only counted.
    """

    name: str
    role: Role
    sites: frozenset[str] | None = None
    key_id: int | None = None
    sees_restricted: bool = True

    def need(self, role: Role) -> None:
        """Go on only with that role, or a higher one.

        Raises:
            Forbidden: it is a lower one.
        """
        if not self.role.reaches(role):
            raise Forbidden(
                f"This takes a key with role {role}; {self.name} is {self.role}, which {MEANING[self.role]}. "
                "An admin makes keys with `burnish keys create`."
            )

    def is_for(self, site: str) -> bool:
        """Whether the key is for that site."""
        return self.sites is None or site in self.sites

    def need_site(self, name: str | None) -> None:
        """Go on only where the key is for that site; None stands for all sites at once.

        Raises:
            Forbidden: it is not.
        """
        if self.sites is None or (name is not None and self.is_for(name)):
            return
        own = ", ".join(sorted(self.sites))
        if name is None:
            raise Forbidden(
                f"{self.name} is for these sites only: {own}. Say which with `site`, where that is asked "
                "for; what belongs to no site takes a key for all."
            )
        raise Forbidden(f"{self.name} is for these sites only: {own}; this is of another.")
