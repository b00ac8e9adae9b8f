"""`hotline simulate`: the words of the command line.

Decides: nothing. May touch: the terminal. Thread: main. Called by: the front door.
Each command lives in its own file, imported when used: `hotline answer` loads none of them.
"""

import importlib

import click

COMMANDS = {
    "modem": ("modem_command", "modem"),
    "call": ("call_command", "call"),
    "sms": ("sms_command", "sms"),
    "list": ("list_command", "list_"),
    "demo": ("demo", "demo"),
}


class LazyGroup(click.Group):
    """A group that imports a command when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """The names, in the order of use."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import one command."""
        if cmd_name not in COMMANDS:
            return None
        module, name = COMMANDS[cmd_name]
        command = getattr(importlib.import_module(f"appliance.simulating.{module}"), name)
        assert isinstance(command, click.Command)
        return command


@click.group(cls=LazyGroup)
def simulate() -> None:
    """Play a modem and its callers in software: for demos, tests and dry runs."""
