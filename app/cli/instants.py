"""How the command line takes instants; `app.domain.scrum.asked_instants` says what they mean."""

FORMATS = ["%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M%z", "%Y-%m-%d"]
HELP = "An instant (2026-03-06T17:00+0100), or a day: its end, of today now."
