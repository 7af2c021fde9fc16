"""The command line: a caller of the doors, for people and scripts; and the commands that start things."""

from app.cli.root import app

__all__ = ["app"]
