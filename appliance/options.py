"""What several commands share: --config, a password from the terminal or standard input.

Decides: where the configuration is when nobody says. May touch: the terminal.
Thread: main. Called by: __main__, officer_command.
"""

import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click

from appliance import config as configuration

DEFAULT_CONFIG = Path("/etc/hotline/hotline.toml")


def with_config(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command --config FILE and hand it the Config."""

    @click.option(
        "--config",
        "path",
        type=click.Path(path_type=Path),
        default=DEFAULT_CONFIG,
        show_default=True,
        help="The configuration file (TOML).",
    )
    @wraps(command)
    def loaded(path: Path, **rest: Any) -> Any:
        return command(configuration.load(path), **rest)

    return loaded


def ask_password(from_stdin: bool) -> str:
    """One line of standard input, or a prompt that shows nothing."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\n")
    prompted: str = click.prompt("Password", hide_input=True, err=True)
    return prompted
