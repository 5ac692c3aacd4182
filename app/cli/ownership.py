"""Whose a company is: activation codes for the bill run, and an operator's own word."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterator
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from app.cli.database import NAME, running_database
from app.cli.failure import fail, fail_without_database, refuse
from app.cli.keys import (
    SANDBOX_KEYS,
    SECRET_KEY,
    SECRET_KEYS,
    sandbox_keys,
    secret_keys_in,
)
from app.cli.operator import OperatorName, Reason, operator_act
from app.configuration.files import SecretFileRefused, secret
from app.devdb import NoDatabase, state_folder

if TYPE_CHECKING:
    from app.models.period import Period
    from app.services.identity.ownership_approvals import Claimant, OwnershipApprovalService

Decided = TypeVar("Decided")

TaxId = Annotated[str, typer.Option(help="The company's EDRPOU code or INN.")]

ownership = typer.Typer(help="Prove whose a company is.", no_args_is_help=True)

NO_KEY = """\
There is no secret key to derive the codes from.
  Set CABINET_SECRET_KEY to the key of the API, or start the sandbox once: python3 run.py"""
NO_ACCOUNTS = """\
No account is named.
  Give --account NUMBER, as often as needed, or one number a line on standard input with --stdin."""
BAD_MONTH = "The month {text!r} is not written YYYY-MM."
BAD_TAX_ID = "This is not a tax id: 8 digits (EDRPOU) or 10 (INN), with a true check digit."
BAD_PHONE = "This is not a Ukrainian mobile number."
REFUSALS = {
    "not_found": "The register has no company with this tax id; nothing was changed.",
    "organization_not_registered": "Nobody has signed up for this company; nothing was changed.",
    "ownership_already_proven": "The company is proven to be its owner's; nothing was changed. "
    "A claim that a bill has proven ends with --proven-by-bill.",
    "claimant_is_another": "Another phone has opened the cabinet; nothing was changed.",
}
CLAIMANT = """\
Company:    {company}
Opened by:  {phone}, {on_file}
Since:      {since:%Y-%m-%d %H:%M} (Kyiv)
From:       {address}
Ownership:  {ownership}"""
IS_ON_FILE = "the phone on file"
OTHER_ON_FILE = "another phone is on file and will be told"
NONE_ON_FILE = "no phone is on file"
SURE_TO_APPROVE = "Open every route of the cabinet to them?"
APPROVED = "The company is its owner's now: every route of the cabinet is open to them."
SURE = "Everybody who signed up for {tax_id} is signed out and removed. Go on?"
RELEASED = "The claim has ended: the company's owner can sign up now, with any phone."
RESERVED = (
    "The company is kept for that phone for {days} days: only it can sign up, and is believed."
)
ALREADY = "That was proven already; nothing was changed."


@ownership.callback()
def family() -> None:
    """Prove whose a company is."""


@ownership.command()
def codes(
    account: Annotated[
        list[str] | None, typer.Option(metavar="NUMBER", help="An account; may be repeated.")
    ] = None,
    *,
    month: Annotated[
        str, typer.Option(metavar="YYYY-MM", help="The bill's month; this one if left out.")
    ] = "",
    stdin: Annotated[
        bool, typer.Option("--stdin", help="Read account numbers from standard input.")
    ] = False,
) -> None:
    """Print the activation code of each account's bill: number, comma, code."""
    from app.security.secrets import SecretKey
    from app.services.identity.ownership import activation_codes

    numbers = _account_numbers(account or [], from_stdin=stdin)
    secret_key, period = SecretKey(*_secret_keys()), _period(month)
    for number, code in activation_codes(secret_key, numbers, period):
        typer.echo(f"{number},{code}")


@ownership.command()
def approve(
    *,
    tax_id: TaxId,
    phone: Annotated[str, typer.Option(help="The owner's phone, as they say it.")],
    operator: OperatorName,
    reason: Reason,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Approve that a company belongs to whoever signed up for it with this phone."""
    tax_id, phone, act = _tax_id(tax_id), _phone(phone), operator_act(operator, reason)

    async def decision(approvals: "OwnershipApprovalService") -> bool:
        typer.echo(_described(await approvals.claimant(tax_id)), err=True)
        if not yes:
            typer.confirm(SURE_TO_APPROVE, abort=True, err=True)
        return await approvals.approve(tax_id=tax_id, phone=phone, act=act)

    typer.echo(APPROVED if _decide(decision) else ALREADY)


@ownership.command()
def release(
    *,
    tax_id: TaxId,
    operator: OperatorName,
    reason: Reason,
    for_phone: Annotated[
        str, typer.Option(metavar="PHONE", help="The only phone that may sign up from now on.")
    ] = "",
    proven_by_bill: Annotated[
        bool, typer.Option("--proven-by-bill", help="Also a claim that a bill has proven.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """End a claim on a company, so that its owner can sign up."""
    from app.models.customers.organization import RESERVATION_LASTS

    tax_id, act = _tax_id(tax_id), operator_act(operator, reason)
    kept_for = _phone(for_phone) if for_phone else None
    if not yes:
        typer.confirm(SURE.format(tax_id=tax_id), abort=True, err=True)
    _decide(
        lambda approvals: approvals.release(
            tax_id=tax_id, act=act, for_phone=kept_for, proven_by_bill=proven_by_bill
        )
    )
    typer.echo(RESERVED.format(days=RESERVATION_LASTS.days) if kept_for else RELEASED)


def _described(claimant: "Claimant") -> str:
    from app.clock import KYIV

    on_file = OTHER_ON_FILE if claimant.has_phone_on_file else NONE_ON_FILE
    return CLAIMANT.format(
        company=claimant.company,
        phone=claimant.phone_masked,
        on_file=IS_ON_FILE if claimant.is_phone_on_file else on_file,
        since=claimant.since.astimezone(KYIV),
        address=claimant.address or "an address that is not known",
        ownership=claimant.ownership,
    )


def _phone(text: str) -> str:
    from app.identifiers import IdentifierRefused, parse_phone

    try:
        return parse_phone(text)
    except IdentifierRefused:
        refuse(BAD_PHONE)


def _tax_id(text: str) -> str:
    from app.identifiers import IdentifierRefused, parse_tax_id

    try:
        return parse_tax_id(text)
    except IdentifierRefused:
        refuse(BAD_TAX_ID)


def _decide(decision: "Callable[[OwnershipApprovalService], Awaitable[Decided]]") -> Decided:
    from app.errors import Conflict, NotFound, Unavailable

    try:
        with running_database(state_folder(), _say) as database:
            if database.server:
                database.server.ensure_database(NAME)
            return asyncio.run(_decided(database.url, decision))
    except NoDatabase as error:
        refuse(str(error))
    except (NotFound, Conflict) as refused:
        fail(REFUSALS[refused.code])
    except Unavailable as error:
        fail_without_database(error)


async def _decided(
    url: str, decision: "Callable[[OwnershipApprovalService], Awaitable[Decided]]"
) -> Decided:
    from app.cli.clock import command_clock
    from app.database import Database, create_engine
    from app.models.limits import Limits
    from app.services.identity.ownership_approvals import OwnershipApprovalService

    database = Database(create_engine(url, pool_size=1))
    try:
        return await decision(
            OwnershipApprovalService(database=database, clock=command_clock(), limits=Limits())
        )
    finally:
        await database.close()


def _account_numbers(named: list[str], *, from_stdin: bool) -> Iterator[str]:
    if not named and not from_stdin:
        refuse(NO_ACCOUNTS)
    # Spelled as the register spells them, whatever blanks a bill or a file puts in between.
    lines = (*named, *(sys.stdin if from_stdin else ()))
    return (number for line in lines if (number := "".join(line.split())))


def _secret_keys() -> list[str]:
    try:
        given = secret(SECRET_KEYS) or secret(SECRET_KEY)
    except SecretFileRefused as refusal:
        refuse(str(refusal))
    if given:
        return secret_keys_in({SECRET_KEYS: given})
    state = state_folder()
    if not (state / SANDBOX_KEYS).exists():
        refuse(NO_KEY)
    return secret_keys_in(sandbox_keys(state))


def _period(text: str) -> "Period":
    from app.cli.clock import command_clock
    from app.clock import kyiv_date
    from app.models.period import Period

    try:
        return Period.parse(text) if text else Period.containing(kyiv_date(command_clock().now()))
    except ValueError:
        refuse(BAD_MONTH.format(text=text))


def _say(line: str) -> None:
    typer.echo(line, err=True)
