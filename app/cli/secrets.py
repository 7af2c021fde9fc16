"""Secrets in the store: of sites that were made over the API, and of rules; keys that lock them."""

import sys
from typing import Annotated

import typer

from app.cli.caller import calling
from app.cli.common import SiteOption, fail, plain_errors, read_settings, the_site, with_stored_sites
from app.cli.showing import AsJson, Before, Columns, Limit, show_list
from app.domain.scrum.wording import counted
from app.services.secrets import new_key

app = typer.Typer(no_args_is_help=True)

_COLUMNS: Columns = {
    "ID": "id",
    "SITE": "site",
    "SECRET": "name",
    "SET": "set_at",
    "ENDS": "ends_at",
    "HOSTS": lambda one: " ".join(one["hosts"] or ()),
    "NEWEST KEY": "newest_key",
}


@app.command("new-key")
def new_key_() -> None:
    """Print a new key for BURNISH_SECRET_KEY, or a file of `secret_key_file`. It is kept nowhere else."""
    typer.echo(new_key())


@app.command("list")
def list_(*, before: Before = None, limit: Limit = 50, as_json: AsJson = False) -> None:
    """Which secrets there are, and whether the newest key locks them; never what they are."""
    with plain_errors(), calling(read_settings()) as api:
        show_list(api.get("/secrets", before=before, limit=limit).json(), _COLUMNS, as_json=as_json)


Name = Annotated[str, typer.Argument(help="In capitals, such as DEPLOY_TOKEN.")]


@app.command("set")
def set_(
    name: Name,
    *,
    host: Annotated[
        list[str] | None,
        typer.Option(
            help="Send it to that host only; may be given several times. None: all that rules may ask."
        ),
    ] = None,
    site: SiteOption = None,
) -> None:
    """Set a secret that rules name as {{ secrets.NAME }}: asked for, or the first line of standard input."""
    with plain_errors():
        settings = read_settings()
        named = the_site(with_stored_sites(settings), site)
        value = (
            typer.prompt(name, hide_input=True, confirmation_prompt=True)
            if sys.stdin.isatty()
            else sys.stdin.readline().rstrip("\r\n")
        )
        if not value:
            fail(f"Nothing was given for {name}: type it, or have it as the first line of standard input.")
        with calling(settings) as api:
            path = f"/sites/{named}/rule-secrets/{name}"
            done = api.put(path, {"value": value, "hosts": host or None}).json()
    where = " or ".join(done["hosts"] or ()) or "any host that rules may ask"
    typer.echo(f"Secret {name} of site {named} is set; it may be sent to {where}.")


@app.command()
def forget(name: Name, *, site: SiteOption = None) -> None:
    """Delete a secret that no rule needs any more."""
    with plain_errors():
        settings = read_settings()
        named = the_site(with_stored_sites(settings), site)
        with calling(settings) as api:
            api.delete(f"/sites/{named}/rule-secrets/{name}")
    typer.echo(f"Secret {name} of site {named} is forgotten.")


@app.command()
def rotate() -> None:
    """Lock every secret, and what servers answered rules, with the newest key; then throw older ones away."""
    with plain_errors(), calling(read_settings()) as api:
        done = api.post("/secrets/rotate").json()
    anew = counted(done["locked_anew"], "secret")
    typer.echo(f"Locked anew: {anew}; all that open are locked by the newest key.")
    if done["answers_locked_anew"]:
        typer.echo(f"Of what servers answered rules are locked anew: {done['answers_locked_anew']}.")
    lost = []
    if done["not_opened"]:
        lost.append(f"No key opens these; set them anew: {', '.join(done['not_opened'])}.")
    if done["answers_not_opened"]:
        lost.append(
            "No key opens what servers answered these; put the key back behind the newest, or they cannot "
            f"go on: {', '.join(done['answers_not_opened'])}."
        )
    if lost:
        fail(" ".join(lost))
