"""Tables of the options of every command, from the commands themselves."""

from __future__ import annotations

import re
from pathlib import Path

import click
from gallery import escaped

from adversarial_spheres.cli import main


def write_commands(target: Path) -> None:
    """Write ``commands/NAME.md`` for every command."""
    folder = target / "commands"
    folder.mkdir(exist_ok=True)
    for name, command in main.commands.items():
        rows = [_row(option) for option in command.params if isinstance(option, click.Option) and not option.hidden]
        text = "\n".join(["| option | meaning |", "|---|---|", *rows])
        (folder / f"{name}.md").write_text(text + "\n", encoding="utf-8")


def _row(option: click.Option) -> str:
    context = click.Context(main)
    record = option.get_help_record(context)
    assert record is not None  # hidden options are left out
    names, meaning = record
    words = escaped(" ".join(meaning.split())).replace(r"\`", "`")
    flag, *choices = filter(None, re.split(r" \[|\||\]", names))
    names = " ".join([f"`{flag}`", ", ".join(f"`{choice}`" for choice in choices)]).rstrip()
    words = re.sub(r"(--[a-z-]+)", r"`\1`", words)
    return f"| {names} | {words} |"
