"""Who does it and why: the options of every command with which the operator changes a cabinet."""

from typing import Annotated, Final

import typer

from app.cli.failure import refuse
from app.origin import OperatorAct

LONGEST: Final = 500
NO_OPERATOR: Final = "Say who does this: the name stays in the company's audit trail."
NO_REASON: Final = "Give the reason: it stays in the company's audit trail."
TOO_LONG: Final = f"The name and the reason have at most {LONGEST} characters each."

OperatorName = Annotated[
    str, typer.Option("--operator", metavar="NAME", help="Who does this, as the staff know them.")
]
Reason = Annotated[str, typer.Option(help="Why, and how the owner was recognized.")]


def operator_act(operator: str, reason: str) -> OperatorAct:
    """Return who does it and why, or end the command: nothing is done without a name."""
    operator, reason = operator.strip(), reason.strip()
    if not operator:
        refuse(NO_OPERATOR)
    if not reason:
        refuse(NO_REASON)
    if max(len(operator), len(reason)) > LONGEST:
        refuse(TOO_LONG)
    return OperatorAct(operator, reason)
