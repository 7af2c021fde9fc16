"""What the team of a small web shop writes: summaries, descriptions and comments from parts."""

import random

from .model import Person


def _person(number: int, account_id: str, name: str, zone: str) -> Person:
    """E-mail address, user name and key follow from the name and the place in the list."""
    user_name = name.lower().replace(" ", ".").replace("á", "a")
    email = f"{user_name}@example.com"
    return Person(account_id, name, zone, email, user_name=user_name, key=f"JIRAUSER{10100 + number}")


PEOPLE = (
    _person(1, "557058:0f3c2b6a-0001-4c55-9a6e-5b8e7d3f1a01", "Nora Lindqvist", "Europe/Berlin"),
    _person(2, "557058:0f3c2b6a-0002-4c55-9a6e-5b8e7d3f1a02", "Tomás Ferreira", "Europe/Lisbon"),
    _person(3, "5e2f9c1b7d40a80e8a1c3d03", "Aiko Tanabe", "Europe/Berlin"),
    _person(4, "5e2f9c1b7d40a80e8a1c3d04", "Jonas Weber", "Europe/Berlin"),
    _person(5, "712020:7c1e9a54-0005-4f0b-8f61-2d9b6c4e5f05", "Priya Raman", "Europe/London"),
    _person(6, "712020:7c1e9a54-0006-4f0b-8f61-2d9b6c4e5f06", "Mats Olsen", "Europe/Oslo"),
)
"""The first is the product owner; the others do the work."""

EPICS = (
    "Checkout that people finish",
    "Search people find things with",
    "Faster product pages",
    "Returns without phone calls",
    "Gift cards",
    "Shop for business customers",
    "Payments in more countries",
    "Warehouse talks to the shop",
    "Newsletter and vouchers",
    "Accessibility of the whole shop",
)

PLACES = (
    "the cart", "the checkout", "the product page", "the search results", "the wish list",
    "the order history", "the returns form", "the address book", "the voucher field",
    "the newsletter form", "the login page", "the payment step", "the gift card page",
    "the category menu", "the size guide", "the stock display", "the order confirmation",
    "the invoice download", "the delivery tracker", "the review form",
)  # fmt: skip
WISHES = (
    "Show delivery dates in", "Remember the last choice in", "Let guests use",
    "Offer express payment in", "Explain errors in", "Support keyboard navigation in",
    "Translate all texts of", "Shorten the way through", "Show prices without tax in",
    "Let business customers use", "Add filters to", "Save a draft of",
)  # fmt: skip
CHORES = (
    "Upgrade the component library behind", "Add load tests for", "Remove the old style sheet of",
    "Move images to the new CDN for", "Write contract tests for", "Measure conversion of",
    "Clean up feature flags in", "Cache the answers behind", "Split the service behind",
)  # fmt: skip
FAULTS = (
    "Totals are rounded wrongly in", "Umlauts break", "Back button loses data in",
    "Double click orders twice in", "Safari shows a blank area in", "Expired session is not noticed in",
    "Wrong currency shown in", "Images flicker in", "Screen reader skips the main button of",
    "Time-out is reported as success in",
)  # fmt: skip
DETAILS = (
    "", "", " on small screens", " for returning customers", " in the app", " for orders abroad",
    " when stock is low", " with many items", " for gift orders", " during sales",
)  # fmt: skip
SUBTASKS = ("Backend for", "Frontend for", "Tests for", "Texts for", "Release notes for")
REASONS = (
    "Customers ask for it in support every week.",
    "Shows up in the weekly funnel report.",
    "Found while testing the last release.",
    "Part of what we promised for this quarter.",
    "Comes from the retrospective.",
)
REMARKS = (
    "Had a look: smaller than we thought.",
    "This touches more places than expected, see the linked branch.",
    "Design is final, nothing blocks us any more.",
    "Can we split this? The second half could wait.",
    "Tested on staging with real orders, looks good.",
    "Agreed with support that we roll it out on Tuesday.",
    "The old code path is still used by the app, keeping both for now.",
    "Numbers before: 4.1 s, after: 1.3 s.",
)
REVIEWS = (
    "Please handle the empty case too.",
    "Works, but the error text is not translated.",
    "Two tests fail on CI, please check.",
    "Looks good except for the naming, see review.",
)
BLOCKERS = (
    "Waiting for the payment provider's test account.",
    "Staging is down, cannot verify.",
    "Need a decision on the tax rules first.",
    "Blocked by the API change of the warehouse team.",
)
REOPENINGS = (
    "Comes back on production with a second address.",
    "The fix broke the app, reopening.",
    "Not done yet: the invoice still shows the old total.",
)
LABELS = ("checkout", "search", "mobile", "performance", "accessibility", "support", "tech-debt", "payments")
GOALS = (
    "Guests can buy without an account",
    "Search answers in under 300 ms",
    "Returns are booked without a call",
    "Vouchers survive a session",
    "Business customers see net prices",
    "No more double orders",
    "Checkout works with the keyboard alone",
)


class Writer:
    """Finds words; the same chance gives the same words, and no summary is used twice if it can be helped."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._used: set[str] = set()

    def summary(self, kind: str) -> str:
        openings = {"Bug": FAULTS, "Task": CHORES}.get(kind, WISHES)
        for _ in range(20):
            parts = (self._chance.choice(openings), self._chance.choice(PLACES), self._chance.choice(DETAILS))
            text = f"{parts[0]} {parts[1]}{parts[2]}"
            if text not in self._used:
                break
        self._used.add(text)
        return text

    def subtasks(self, summary: str, number: int) -> list[str]:
        return [f"{part} “{summary}”" for part in self._chance.sample(SUBTASKS, number)]

    def one_of(self, texts: tuple[str, ...]) -> str:
        return self._chance.choice(texts)
