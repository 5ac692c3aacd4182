"""The benchmarks: how near the hot paths come to what the machine could do."""

import os
import subprocess
import sys

import typer

from app.cli.project import ROOT


def bench(context: typer.Context) -> None:
    """Measure the hot paths; --help names the measures."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-P", "-m", "benchmarks", *context.args]
    raise typer.Exit(subprocess.run(command, env=environment, check=False).returncode)
