"""What the operator does for people who cannot help themselves."""

import asyncio
from typing import Annotated

import typer

from app.cli.database import NAME, running_database
from app.cli.failure import fail, refuse
from app.devdb import NoDatabase, state_folder

members = typer.Typer(help="Help owners who lost their phone.", no_args_is_help=True)

NO_CONNECTION = """\
The database cannot be reached: {error}.
  Check DATABASE_URL, or leave it out to use the database of the sandbox."""
REFUSALS = {
    "phone_invalid": "This is not a Ukrainian mobile number.",
    "tax_id_invalid": "This is not a tax id: 8 digits (EDRPOU) or 10 (INN), "
    "with a true check digit.",
    "owner_not_found": "No company with this tax id has opened its cabinet; nothing was changed.",
    "phone_already_used": "This phone belongs to a member already; nothing was changed.",
}
NO_REASON = "Give the reason: it stays in the company's audit trail."
REPLACED = """\
The owner has the new phone, and every session of theirs has ended.
  They sign in with their password, or ask for a new one by SMS."""


@members.callback()
def family() -> None:
    """Help owners who lost their phone."""


@members.command()
def replace_phone(
    *,
    tax_id: Annotated[str, typer.Option(help="The company's EDRPOU code or INN.")],
    phone: Annotated[str, typer.Option(help="The owner's new phone.")],
    reason: Annotated[str, typer.Option(help="Why, and how the owner was recognized.")],
) -> None:
    """Give the owner of a cabinet a new phone; the old one is told by SMS."""
    from app.errors import Unavailable
    from app.identifiers import IdentifierRefused, parse_phone, parse_tax_id
    from app.services.lost_phones import OwnerNotFound, PhoneAlreadyUsed

    if not reason.strip():
        refuse(NO_REASON)
    try:
        tax_id, phone = parse_tax_id(tax_id), parse_phone(phone)
    except IdentifierRefused as refused:
        refuse(REFUSALS[refused.code])
    try:
        with running_database(state_folder(), _say) as database:
            if database.server:
                database.server.ensure_database(NAME)
            asyncio.run(_replace(database.url, tax_id, phone, reason=reason.strip()))
    except NoDatabase as error:
        refuse(str(error))
    except (OwnerNotFound, PhoneAlreadyUsed) as refused:
        fail(REFUSALS[refused.code])
    except Unavailable as error:
        fail(NO_CONNECTION.format(error=error))
    typer.echo(REPLACED)


async def _replace(url: str, tax_id: str, phone: str, *, reason: str) -> None:
    from app.clock import Clock
    from app.database import Database, create_engine
    from app.services.lost_phones import LostPhoneService

    database = Database(create_engine(url, pool_size=1))
    try:
        await LostPhoneService(database=database, clock=Clock()).replace(
            tax_id=tax_id, phone=phone, reason=reason
        )
    finally:
        await database.close()


def _say(text: str) -> None:
    typer.echo(text, err=True)
