"""Findings of the doctor, chosen."""

from app.services.findings import Finding, Level


def of(findings: list[Finding], check: str, *levels: Level) -> list[Finding]:
    return [one for one in findings if one.check == check and (not levels or one.level in levels)]


def bad(findings: list[Finding]) -> list[tuple[str, str]]:
    return [(one.check, one.level) for one in findings if one.level in {Level.WARNING, Level.FAULT}]
