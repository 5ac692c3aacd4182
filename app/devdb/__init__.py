"""A private PostgreSQL for development and tests: found, started, shared, stopped with us.

It needs no root, no Docker and no port: it listens only on a Unix socket in a folder that
nobody else may enter. Several processes share one server. The kernel counts them: each holds a
shared lock on one file, which it loses however it ends, also by `kill -9`. A guardian process
waits for that file and stops the server when the last of them has gone.
"""

from app.devdb.account import NoDatabase
from app.devdb.place import state_folder
from app.devdb.server import DevServer

__all__ = ["DevServer", "NoDatabase", "state_folder"]
