"""All commands, by noun."""

import typer

from app.cli import (
    audit,
    db,
    deliveries,
    doctor,
    effects,
    grooming,
    importing,
    jql,
    keys,
    oauth,
    reports,
    rule_import,
    rules,
    runs,
    schedules,
    secrets,
    service,
    similarity,
    sites,
    sync,
    webhook,
    workers,
)

app = typer.Typer(
    help="Burnish keeps Jira in shape. Settings: burnish.toml and BURNISH_* variables.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
for command in (service.serve, service.work, service.sandbox, service.demo):
    app.command()(command)
app.command()(doctor.doctor)
app.command()(audit.audit)
app.command("import")(importing.import_)
app.command()(similarity.duplicates)
app.command()(similarity.estimate)
app.add_typer(reports.app, name="report")
app.add_typer(grooming.app, name="grooming")
app.add_typer(sync.app, name="sync")
app.add_typer(runs.app, name="runs")
app.add_typer(schedules.app, name="schedules")
app.add_typer(deliveries.app, name="deliveries")
app.add_typer(effects.app, name="effects")
rules.app.command("import")(rule_import.import_)
app.add_typer(rules.app, name="rules")
app.add_typer(jql.app, name="jql")
app.add_typer(sites.app, name="sites")
app.add_typer(keys.app, name="keys")
app.add_typer(secrets.app, name="secrets")
app.add_typer(workers.app, name="workers")
app.add_typer(webhook.app, name="webhook")
app.add_typer(oauth.app, name="oauth")
app.add_typer(db.app, name="db")
