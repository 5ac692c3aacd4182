"""The process between a server and those who use it. Run as a program, it imports nothing of ours.

    python guardian.py USERS-FILE LOCK-DESCRIPTOR ACCOUNT-AS-JSON POSTGRES [ARGUMENT ...]

The descriptor holds the lock that tells others that the server lives; it came locked.
"""

import fcntl
import json
import os
import signal
import subprocess
import sys
import threading
import time
from types import FrameType

SECONDS_TO_STOP = 20


# Both functions run in a process that coverage does not see; tests/cli/test_devdb.py watches it.


def main() -> int:  # pragma: no cover
    users, lock, account, *command = sys.argv[1:]
    server = subprocess.Popen(  # noqa: S603 - the command line that our own server.py made
        command, stdin=subprocess.DEVNULL, **json.loads(account)
    )

    def pass_on(_number: int, _frame: FrameType | None) -> None:
        server.send_signal(signal.SIGINT)

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, pass_on)
    threading.Thread(target=stop_after_last_user, args=(users, server), daemon=True).start()
    code = server.wait()
    # In this order: who gets the users' lock next must find the server's lock free.
    os.close(int(lock))
    return code


def stop_after_last_user(  # pragma: no cover
    users: str, server: "subprocess.Popen[bytes]"
) -> None:
    # Every user holds this lock shared; alone, we get it. Whoever comes now waits for our end.
    descriptor = os.open(users, os.O_RDWR | os.O_NOFOLLOW)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    server.send_signal(signal.SIGINT)  # the clean, fast shutdown
    time.sleep(SECONDS_TO_STOP)
    server.send_signal(signal.SIGQUIT)


if __name__ == "__main__":
    sys.exit(main())
