"""The environment of a sandbox: what a person sets wins, the rest is made up here."""

import errno
import os
import socket
from collections.abc import Mapping
from pathlib import Path

from app.cli.failure import refuse
from app.cli.project import ROOT

PORT_TAKEN = """\
Port {port} on {host} is taken, perhaps by another copy of this program.
  Stop what uses it, or choose another port and, for a second copy, another folder:
  CABINET_PORT={other} CABINET_STATE_DIR=.data-{other} python3 run.py"""
PORT_IMPOSSIBLE = """\
CABINET_PORT is {text!r}, which is not a port.
  Use a number between 1024 and 65535, for example: CABINET_PORT=8001 python3 run.py"""
HOST_IMPOSSIBLE = """\
Cannot listen on {host}, port {port}: {error}.
  Leave CABINET_HOST out to listen on this machine only, and use a CABINET_PORT above 1023."""
NOT_A_SANDBOX = """\
CABINET_MODE is {mode!r}, but `up` is the sandbox, with made-up customers.
  Leave CABINET_MODE out, or run the commands of a deployment: migrate, serve, worker."""

BACKLOG = 2048
"""Connections that wait to be accepted; as many as the server itself would let wait."""
OURSELVES = "127.0.0.1,localhost"


def chosen_host() -> str:
    return os.environ.get("CABINET_HOST") or "127.0.0.1"


def chosen_port() -> int:
    text = os.environ.get("CABINET_PORT") or "8000"
    if not text.isdecimal() or not 0 < int(text) < 2**16:
        refuse(PORT_IMPOSSIBLE.format(text=text))
    return int(text)


def refuse_other_modes() -> None:
    mode = os.environ.get("CABINET_MODE") or "sandbox"
    if mode != "sandbox":
        refuse(NOT_A_SANDBOX.format(mode=mode))


def listen(host: str, port: int) -> socket.socket:
    """Return the socket on which the API will answer.

    It is ours from now on: whoever asks here is answered by our own API, and by no other copy that
    was quicker. Requests that come while the API starts again wait.

    :raises typer.Exit: the port is taken, or there is no such address here.
    """
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        text = PORT_TAKEN if error.errno == errno.EADDRINUSE else HOST_IMPOSSIBLE
        refuse(text.format(host=host, port=port, other=port + 1, error=error.strerror))
    return listener


def environment(
    *, keys: Mapping[str, str], state: Path, port: int, database_url: str
) -> Mapping[str, str]:
    """Return the environment of the API and the worker."""
    address = f"http://127.0.0.1:{port}"
    defaults = {
        "CABINET_MODE": "sandbox",
        "CABINET_SMS_URL": f"{address}/sandbox/turbosms",
        "CABINET_DRAIN_SECONDS": "0",
        "CABINET_SMS_SENDER": "Cabinet",
        "CABINET_PUBLIC_URL": address,
        "CABINET_FILES_FOLDER": str(state / "files"),
        "CABINET_LIMIT_ADDRESSES": "false",
        "CABINET_CARD_LIMIT_UAH": "10000000",
        "CABINET_MONOBANK_URL": f"{address}/sandbox/monobank",
        # The sandbox's providers share one token.
        "CABINET_MONOBANK_TOKEN": keys.get("CABINET_SMS_TOKEN", "sandbox"),
        "CABINET_RECIPIENT_NAME": 'ПрАТ "ДЕМО ЕЛЕКТРОМЕРЕЖІ"',
        "CABINET_RECIPIENT_TAX_ID": "41946011",
        "CABINET_RECIPIENT_IBAN": "UA906543210000000260323012024",
        "CABINET_RECIPIENT_BANK": "АТ «Демо Банк»",
        # Open all month, and only the month that runs: the demonstration register's newest
        # readings are of its first day, and settle the month before.
        "CABINET_READING_WINDOW_OPENS_DAYS_BEFORE": "31",
        "CABINET_READING_WINDOW_CLOSES_ON_DAY": "0",
    }
    chosen = {name: value for name, value in os.environ.items() if value}
    ours = {
        "CABINET_PORT": str(port),
        "CABINET_STATE_DIR": str(state),
        "DATABASE_URL": database_url,
        "PYTHONPATH": str(ROOT),
    }
    return {**defaults, **_not_chosen(keys, chosen), **chosen, **ours, **_direct_to_ourselves()}


def _not_chosen(keys: Mapping[str, str], chosen: Mapping[str, str]) -> dict[str, str]:
    """Return our keys without those that the person gives, under whatever name."""
    taken = {name.removesuffix("_FILE").removesuffix("S") for name in chosen}
    return {name: value for name, value in keys.items() if name.removesuffix("S") not in taken}


def _direct_to_ourselves() -> dict[str, str]:
    # The worker calls the sandbox gateway, which no proxy of a company can reach.
    already = os.environ.get("no_proxy") or os.environ.get("NO_PROXY")
    names = f"{already},{OURSELVES}" if already else OURSELVES
    return {"NO_PROXY": names, "no_proxy": names}
