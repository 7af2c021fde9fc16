"""How reports speak of restricted issues: how many they are, and that only totals know of them."""


def how_many(number: int) -> str:
    """What stands for them."""
    return "a restricted issue" if number == 1 else f"{number} restricted issues"


def in_totals_only(number: int, amount: str = "") -> str:
    """Why the parts of a report do not add up to its totals; nothing where they do.

    Args:
        number: of restricted issues.
        amount: what they come to, where issues are estimated.
    """
    if not number:
        return ""
    of = f" with {amount}" if amount else ""
    return f"{_capital(number)}{of} {_are(number)} counted in the totals only."


def not_counted(number: int) -> str:
    """That a report knows nothing of them; nothing where there are none."""
    return f"{_capital(number)} {_are(number)} not counted here." if number else ""


def _capital(number: int) -> str:
    told = how_many(number)
    return f"{told[:1].upper()}{told[1:]}"


def _are(number: int) -> str:
    return "is" if number == 1 else "are"
