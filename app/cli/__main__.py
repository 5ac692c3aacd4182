import os
import sys
from io import TextIOWrapper

import typer

from app.cli import (
    acts,
    bench,
    billing,
    calendar,
    checks,
    instalments,
    keys,
    locks,
    members,
    migrations,
    openapi,
    orders,
    ownership,
    payments,
    penalties,
    reactive,
    readings,
    registry,
    services,
    serving,
    settlement,
    slots,
    statements,
    tariffs,
    up,
    windows,
)
from app.configuration.names import needs_a_look, unknown_variables

HANDED_OVER = {"allow_extra_args": True, "ignore_unknown_options": True}
"""Options are those of the program behind the command."""

NAME_THEM_THEMSELVES = {"serve", "worker"}
"""Commands that load the settings, and name what is unknown then."""

cli = typer.Typer(
    help="The business cabinet of an electricity distribution operator.",
    epilog="Environment: CABINET_PORT (8000), CABINET_STATE_DIR (.data), "
    "DATABASE_URL (none: a private PostgreSQL). "
    "Several copies run side by side, each with a port and a state folder of its own.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
cli.command()(up.up)
cli.command(context_settings=HANDED_OVER)(checks.test)
cli.command()(checks.check)
cli.command(context_settings=HANDED_OVER, add_help_option=False)(bench.bench)
cli.command()(serving.serve)
cli.command()(serving.worker)
cli.command()(migrations.migrate)
cli.command()(openapi.openapi)
cli.command()(locks.lock)
cli.command()(acts.acts)
cli.add_typer(registry.registry, name="registry")
cli.add_typer(tariffs.tariffs, name="tariffs")
billing.billing.command()(instalments.schedules)
billing.billing.command()(instalments.instalments)
billing.billing.command()(reactive.reactive)
billing.billing.add_typer(penalties.penalties, name="penalties")
cli.add_typer(billing.billing, name="billing")
cli.add_typer(statements.statements, name="statements")
cli.add_typer(payments.payments, name="payments")
cli.add_typer(keys.keys, name="keys")
cli.add_typer(ownership.ownership, name="ownership")
cli.add_typer(members.members, name="members")
cli.add_typer(calendar.calendar, name="calendar")
cli.add_typer(services.services, name="services")
cli.add_typer(settlement.settlement, name="settlement")
cli.add_typer(windows.windows, name="windows")
cli.add_typer(orders.orders, name="orders")
cli.add_typer(slots.slots, name="slots")
cli.add_typer(readings.readings, name="readings")


@cli.callback(invoke_without_command=True)
def without_command(context: typer.Context) -> None:
    if context.invoked_subcommand not in NAME_THEM_THEMSELVES:
        _name_unknown_variables()
    if context.invoked_subcommand is None:
        up.up()


def _name_unknown_variables() -> None:
    if not needs_a_look(os.environ):
        return
    # Imported only when there is something to look at, because it costs a second.
    from app.settings import Settings

    for line in unknown_variables(os.environ, settings=Settings.model_fields):
        typer.echo(line, err=True)


def main() -> None:
    # A terminal that cannot show Ukrainian gets question marks, not a traceback.
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")
    cli(prog_name="run.py")


if __name__ == "__main__":
    main()
