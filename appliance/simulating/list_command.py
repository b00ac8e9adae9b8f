"""`hotline simulate list`: what can be simulated.

Decides: nothing. May touch: the terminal. Thread: main. Called by: cli.
"""

import click

from appliance.simulating.control import PROTOCOL
from appliance.simulating.families import FAMILIES
from appliance.simulating.faults import FAULTS


@click.command("list")
def list_() -> None:
    """List the modem families, the faults and the requests of the control socket."""
    click.echo("Families (--family):")
    for name, family in FAMILIES.items():
        click.echo(f"  {name:<20} {family.meaning}")
    click.echo("\nFaults (--fault, may be given several times):")
    for name, meaning in FAULTS.items():
        click.echo(f"  {name:<20} {meaning}")
    click.echo(f"\nControl socket (--control):\n{PROTOCOL}", nl=False)
