"""Files in folders that others may write to, opened so that nobody leads us to another file.

Who may write to a folder may put a link there, to a file that only we may write: root would then
empty or lengthen what it never meant to. So no link is followed, neither at the file nor at its
folder; a file with a second name is refused; and nothing is emptied while it is opened.
"""

import errno
import os
import stat
from pathlib import Path
from typing import Final

PRIVATE: Final = 0o600
NOT_A_FILE: Final = "is a link, has a second name, or is no plain file; remove it"


def open_private(path: Path, *, flags: int = 0) -> int:
    """Open a file for appending, made if it is not there, that only its owner reads.

    :raises OSError: it is not a plain file of its own, or its folder is a link.
    """
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        descriptor = _open_in(folder, path, flags)
    finally:
        os.close(folder)
    try:
        _require_plain(descriptor, path)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def write_private(path: Path, text: str) -> None:
    """Write a whole file that only its owner reads, in the place of the one before.

    Whoever finds it finds it whole, and no link is followed.
    """
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    with os.fdopen(open_private(draft, flags=os.O_EXCL), "w", encoding="utf-8") as file:
        file.write(text)
    draft.replace(path)


def give(path: Path, *, uid: int, gid: int) -> None:
    """Give a folder of ours to another account; never what a link in its place leads to."""
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        if os.fstat(folder).st_uid != os.geteuid():
            raise PermissionError(errno.EPERM, "belongs to another user", str(path))
        os.fchown(folder, uid, gid)
    finally:
        os.close(folder)


def is_only_of(folder: Path, *owners: int) -> bool:
    """Tell whether nobody but its owner, one of these users, may put anything into a folder."""
    found = folder.lstat()
    is_shut = not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    return stat.S_ISDIR(found.st_mode) and found.st_uid in owners and is_shut


def _open_in(folder: int, path: Path, flags: int) -> int:
    # Without O_NONBLOCK a named pipe would hold us until somebody reads it.
    always = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
    try:
        return os.open(path.name, always | flags, PRIVATE, dir_fd=folder)
    except OSError as error:
        if error.errno in {errno.ELOOP, errno.ENXIO}:
            raise OSError(error.errno, NOT_A_FILE, str(path)) from None
        raise


def _require_plain(descriptor: int, path: Path) -> None:
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode) or found.st_nlink != 1:
        raise OSError(errno.ELOOP, NOT_A_FILE, str(path))
    if found.st_uid == os.geteuid():
        os.fchmod(descriptor, PRIVATE)
