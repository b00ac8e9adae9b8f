"""`hotline officer`: who may sign in.

Decides: nothing. May touch: the terminal. Thread: main. Called by: __main__.
The store is imported inside each command: `hotline answer` never loads it for this.
"""

import click

from appliance.config import Config
from appliance.options import ask_password, with_config


@click.group()
def officer() -> None:
    """Who may sign in."""


@officer.command("add")
@with_config
@click.argument("name")
@click.option("--role", type=click.Choice(["officer", "head", "technician"]), required=True)
@click.option("--by", help="The officer who grants access; asked for his password.")
@click.option("--recovery", is_flag=True, help="Use the post's recovery code instead.")
@click.option("--password-stdin", is_flag=True, help="Read password or code from standard input.")
def officer_add(
    config: Config, name: str, role: str, by: str | None, recovery: bool, password_stdin: bool
) -> None:
    """Add an officer and print a one-time password."""
    from appliance.store import db, setup

    _check_granter(by, recovery)
    secret = ask_password(password_stdin)
    connection = db.connect(config.store.database)
    if by:
        click.echo(setup.add_officer(connection, name, role, by=by, by_password=secret))
    else:
        click.echo(setup.add_officer_by_recovery(connection, name, role, secret))


@officer.command("reset")
@with_config
@click.argument("name")
@click.option("--by", help="The officer who grants access; asked for his password.")
@click.option("--recovery", is_flag=True, help="Use the post's recovery code instead.")
@click.option("--password-stdin", is_flag=True, help="Read password or code from standard input.")
def officer_reset(
    config: Config, name: str, by: str | None, recovery: bool, password_stdin: bool
) -> None:
    """Print a new one-time password for an officer who forgot his own."""
    from appliance.store import db, setup

    _check_granter(by, recovery)
    secret = ask_password(password_stdin)
    connection = db.connect(config.store.database)
    if by:
        click.echo(setup.reset_officer(connection, name, by=by, by_password=secret))
    else:
        click.echo(setup.reset_officer_by_recovery(connection, name, secret))


@officer.command("list")
@with_config
def officer_list(config: Config) -> None:
    """List the officers and their roles."""
    from appliance.store import db, officers

    for one in officers.list_all(db.connect(config.store.database)):
        click.echo(f"{one.name}\t{one.role}{'	disabled' if one.disabled else ''}")


@officer.command("disable")
@with_config
@click.argument("name")
@click.option("--by", required=True, help="Who does it; asked for his own password.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
def officer_disable(config: Config, name: str, by: str, password_stdin: bool) -> None:
    """End an officer's access and all his sessions."""
    from appliance.store import db, setup

    connection = db.connect(config.store.database)
    setup.disable_officer(connection, name, by=by, by_password=ask_password(password_stdin))


def _check_granter(by: str | None, recovery: bool) -> None:
    if bool(by) == recovery:
        raise click.UsageError("give either --by OFFICER or --recovery")
