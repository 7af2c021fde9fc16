"""What can be promised of a board's flow: a service level, how many by when, and how far to trust that."""

from collections.abc import Iterator
from datetime import date

from app.domain.flow.flow import FEWEST
from app.domain.forecast.forecast import NoForecast
from app.domain.forecast.throughput import SHOWN_PERCENT, ThroughputForecast
from app.domain.reports.board_flow import BoardFlow
from app.domain.reports.document import Inlines, Text, say
from app.domain.reports.flow_figures import predictability
from app.domain.reports.words import counted, day, of_date, within


def promises(told: BoardFlow) -> Iterator[tuple[Inlines, ...]]:
    """Rows of a name, a figure and its meaning."""
    yield line("Service level", *_service_level(told))
    yield from _forecast(told)
    if isinstance(told.forecast, ThroughputForecast) and (sure := predictability(told.forecast)):
        yield line("Predictability", *sure)


def line(name: str, value: str, meaning: str) -> tuple[Inlines, ...]:
    """A row of such a table."""
    return say(name), say(Text(value, strong=True)), say(meaning)


def _service_level(told: BoardFlow) -> tuple[str, str]:
    taken, level = told.flow.cycle_times, told.service_level
    number, since = 0 if taken is None else taken.sample, day(told.since, told.calendar)
    if taken is None or level is None:
        begun = f"{counted(number, 'issue')} begun and finished since {since}"
        return "–", f"{begun}; it takes {FEWEST}"  # noqa: RUF001 - a dash is meant
    others = len(told.flow.finished) - number
    begun = f"half within {within(taken.days[50])}; {counted(number, 'issue')} since {since}"
    more = f", and {others} that were never in progress" if others else ""
    meaning = f"85 % of the issues that were begun are done by then, {begun}{more}"
    return counted(level, "working day"), meaning


def _forecast(told: BoardFlow) -> Iterator[tuple[Inlines, ...]]:
    forecast = told.forecast
    if isinstance(forecast, NoForecast):
        yield line("Forecast", "–", forecast.reason)  # noqa: RUF001 - a dash is meant
        return
    for one in forecast.how_many:
        yield line(
            f"Next {one.weeks} weeks",
            f"{one.issues[SHOWN_PERCENT]} or more",
            f"finished by {of_date(one.until)}, with {_sure(f'{one.issues[50]} or more')}",
        )
    if forecast.when is not None:
        by = forecast.when.by
        which = "as many as are in progress, finished with " if told.asked is None else "finished with "
        yield line(
            f"Next {counted(forecast.when.issues, 'issue')}",
            f"by {_by(by[SHOWN_PERCENT])}",
            f"{which}{_sure(f'by {_by(by[50])}')}",
        )


def _sure(evens: str) -> str:
    return f"{SHOWN_PERCENT} % confidence ({evens} with 50 %)"


def _by(one: date | None) -> str:
    return "no day within a year" if one is None else of_date(one)


def rests_on(forecast: ThroughputForecast) -> str:
    """What the forecast is drawn from, and how it did when it was tried blind."""
    drawn = (
        f"The forecast draws weeks of working days from the {forecast.days} behind, on which "
        f"{counted(forecast.finished, 'issue')} were finished."
    )
    if forecast.blind is None:
        return f"{drawn} Too few weeks lie behind to try it blind."
    held, tried = forecast.blind.held, forecast.blind.tried
    return f"{drawn} Tried blind on {tried} earlier fortnights, what it said at 85 % held in {held}."
