"""`python -m app.cli` is `burnish`."""

import sys

from app.cli import app

sys.exit(app())
