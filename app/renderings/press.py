"""The press: papers become PDF/A in processes of their own, a few at a time."""

import asyncio
import json
import sys
from asyncio.subprocess import PIPE
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import structlog
from typing_extensions import override

from app.models.payments.papers import RETRY_SECONDS, Paper, PaperUnavailable
from app.renderings.papers.setting import set_paper
from app.services.payments.press import PaperPress

AT_ONCE: Final = 2
"""Documents set at the same time by one of our processes; the largest takes 200 MiB."""
MOST_WAITING: Final = 8
LONGEST: Final = 15.0
"""Seconds for one document, waiting included; the largest takes one."""
TYPESETTER: Final = Path(__file__).with_name("typesetter.py")

log = structlog.get_logger("press")


class TypstPress(PaperPress):
    """Sets papers with Typst."""

    def __init__(self, *, typesetter: Path = TYPESETTER, longest: float = LONGEST) -> None:
        self._typesetter = typesetter
        self._longest = longest
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._wanted = 0

    @override
    async def print(self, paper: Paper) -> bytes:
        if self._wanted >= AT_ONCE + MOST_WAITING:
            raise PaperUnavailable(retry_after=RETRY_SECONDS)
        self._wanted += 1
        try:
            async with asyncio.timeout(self._longest), self._turns:
                return await self._set(*await asyncio.to_thread(set_paper, paper))
        except TimeoutError:
            log.warning("paper_timed_out", paper=type(paper).__name__)
            raise PaperUnavailable(retry_after=RETRY_SECONDS) from None
        finally:
            self._wanted -= 1

    async def _set(self, template: str, data: Mapping[str, Any]) -> bytes:
        # -I: neither the environment nor the folder we run in decides what it imports.
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-I", self._typesetter, stdin=PIPE, stdout=PIPE, stderr=PIPE
        )
        try:
            request = json.dumps([template, data]).encode()
            content, complaint = await process.communicate(request)
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode or not content:
            # A template of ours is wrong, or the machine is out of memory: the log has to say so.
            said = complaint.decode(errors="replace").strip().splitlines()
            log.error("paper_failed", template=template, said=said[-1:])
            raise PaperUnavailable(retry_after=RETRY_SECONDS)
        return content
