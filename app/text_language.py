"""In which language the texts of a site are, as its settings say it."""

from typing import Annotated

import snowballstemmer
from pydantic import AfterValidator


def _language(value: str) -> str:
    known = {*snowballstemmer.algorithms(), "none"}
    if value not in known:
        message = f"{value!r} is no language of text search; there are: {', '.join(sorted(known))}"
        raise ValueError(message)
    return value


TextLanguage = Annotated[str, AfterValidator(_language)]
