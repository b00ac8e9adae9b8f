"""`hotline simulate list`: what can be simulated.

Decides: nothing. May touch: the terminal. Thread: main. Called by: cli.
"""

import click

from appliance.simulating.families import FAMILIES
from appliance.simulating.faults import FAULTS


@click.command("list")
def list_() -> None:
    """List the modem families and the faults, with one line each."""
    click.echo("Families (--family):")
    for name, family in FAMILIES.items():
        click.echo(f"  {name:<20} {family.meaning}")
    click.echo("\nFaults (--fault, may be given several times):")
    for name, meaning in FAULTS.items():
        click.echo(f"  {name:<20} {meaning}")
