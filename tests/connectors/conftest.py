import pytest

from tests.connectors.request_log import told


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how much of Atlassian's descriptions the run went through."""
    if lines := told():
        terminalreporter.section("sandbox answers held against Atlassian's descriptions")
        for line in lines:
            terminalreporter.write_line(line)
