"""Commands with which the operator helps owners who lost their phone."""

import asyncio
from typing import Annotated

import typer

from app.cli.database import NAME, running_database
from app.cli.failure import fail, fail_without_database, refuse
from app.cli.operator import OperatorName, Reason, operator_act
from app.devdb import NoDatabase, state_folder
from app.origin import OperatorAct

members = typer.Typer(help="Help owners who lost their phone.", no_args_is_help=True)

REFUSALS = {
    "phone_invalid": "This is not a Ukrainian mobile number.",
    "tax_id_invalid": "This is not a tax id: 8 digits (EDRPOU) or 10 (INN), "
    "with a true check digit.",
    "owner_not_found": "No company with this tax id has opened its cabinet; nothing was changed.",
    "phone_already_used": "This phone belongs to a member already; nothing was changed.",
}
REPLACED = """\
The owner has the new phone; every session of theirs, and what they had under way, has ended.
  {password}
  For 24 hours they may not change who gets in.
  Both phones and the cabinet's first members are told by SMS."""
NEW_PASSWORD = "The old password opens nothing: they ask for a new one by SMS."  # noqa: S105 - a text
OLD_PASSWORD = "They sign in with the password they had."  # noqa: S105 - a text


@members.callback()
def family() -> None:
    """Help owners who lost their phone."""


@members.command()
def replace_phone(
    *,
    tax_id: Annotated[str, typer.Option(help="The company's EDRPOU code or INN.")],
    phone: Annotated[str, typer.Option(help="The owner's new phone.")],
    operator: OperatorName,
    reason: Reason,
    keep_password: Annotated[
        bool,
        typer.Option(
            "--keep-password", help="The phone was merely lost; nobody else knows the password."
        ),
    ] = False,
) -> None:
    """Give the owner of a cabinet a new phone, and shut out whoever has the old one.

    The old password opens nothing any more, unless --keep-password is given. Both phones and the
    cabinet's first members, ten at the most, are told by SMS.
    """
    from app.errors import Unavailable
    from app.identifiers import IdentifierRefused, parse_phone, parse_tax_id
    from app.models.identity.phone_change import OwnerNotFound
    from app.models.identity.sign_up import PhoneAlreadyUsed

    act = operator_act(operator, reason)
    try:
        tax_id, phone = parse_tax_id(tax_id), parse_phone(phone)
    except IdentifierRefused as refused:
        refuse(REFUSALS[refused.code])
    try:
        with running_database(state_folder(), _say) as database:
            if database.server:
                database.server.ensure_database(NAME)
            asyncio.run(_replace(database.url, tax_id, phone, act, keeps_password=keep_password))
    except NoDatabase as error:
        refuse(str(error))
    except (OwnerNotFound, PhoneAlreadyUsed) as refused:
        fail(REFUSALS[refused.code])
    except Unavailable as error:
        fail_without_database(error)
    typer.echo(REPLACED.format(password=OLD_PASSWORD if keep_password else NEW_PASSWORD))


async def _replace(
    url: str, tax_id: str, phone: str, act: OperatorAct, *, keeps_password: bool
) -> None:
    from app.cli.clock import command_clock
    from app.database import Database, create_engine
    from app.models.limits import Limits
    from app.security.passwords import PasswordHasher
    from app.services.identity.lost_phones import LostPhoneService

    database = Database(create_engine(url, pool_size=1))
    passwords = PasswordHasher(threads=1)
    try:
        lost_phones = LostPhoneService(
            database=database, clock=command_clock(), passwords=passwords, limits=Limits()
        )
        await lost_phones.replace(
            tax_id=tax_id, phone=phone, act=act, keeps_password=keeps_password
        )
    finally:
        passwords.close()
        await database.close()


def _say(text: str) -> None:
    typer.echo(text, err=True)
