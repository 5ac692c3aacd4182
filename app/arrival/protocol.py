"""How requests arrive: the server's HTTP protocol, with a bound on all that clients can claim.

uvicorn has no limit for headers, no time within which a request has to arrive, and answers with
plain text when it has too many connections. The limits here hold without a proxy in front.

A request that breaks a limit is still handed to the application, marked with the code of its
refusal (`REFUSAL` in its `state`), so that its answer is a problem like every other one.
"""

import asyncio
from random import uniform
from typing import Any, ClassVar, Final
from weakref import WeakKeyDictionary

from typing_extensions import override
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from app.arrival.connections import Places, most_connections
from app.arrival.refusals import NOT_HTTP, REFUSAL, TOO_LARGE, TOO_LATE, TOO_MANY

LARGEST_HEAD: Final = 32 * 1024
"""Bytes of the request line and the headers together; also of what frames a chunked body."""
FRAMING: Final = 9
"""Bytes allowed for each byte of a chunked body: a chunk of one byte takes six."""
PATIENCE: Final = 10.0
"""Seconds that a request may take to arrive, from its first byte to its last."""
LONGEST_STALL: Final = 30.0
"""Seconds in which a client has to take something of an answer that does not fit into buffers."""
SPREAD: Final = 0.2  # of the time, by which it is longer for some: they are not answered at once
MOST_PIPELINED: Final = 16
"""Requests that wait behind another one of their connection."""
LINGER: Final = 1.0
"""Seconds in which we read and drop what a refused client still sends, lest it miss the answer."""

_PLACES: Final[WeakKeyDictionary[ServerState, Places]] = WeakKeyDictionary()


class BoundedHttp(HttpToolsProtocol):
    """One connection. Passed to uvicorn as `http=`."""

    patience: ClassVar[float] = PATIENCE
    longest_stall: ClassVar[float] = LONGEST_STALL
    most: ClassVar[int | None] = None
    """How many connections there may be; as many as the process can hold, if None."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        places = _PLACES.get(server_state)
        if places is None:
            places = _PLACES[server_state] = Places(self.most or most_connections())
        self._places = places
        self._timer: asyncio.TimerHandle | None = None
        self._stall: asyncio.TimerHandle | None = None
        self._is_arriving = False
        self._is_head = False
        self._has_begun = False
        self._is_refused = False
        self._is_leaving = False
        self._has_cycle = False
        self._unread = 0
        """Bytes of a request that the parser has kept to itself."""

    @override
    def connection_made(  # type: ignore[override] # as uvicorn declares it
        self, transport: asyncio.Transport
    ) -> None:
        super().connection_made(transport)
        self._farewell = _Farewell(self, transport)
        if not self._places.take(self):
            self._refuse(TOO_MANY)
            return
        self._start_timer()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_timer()
        self._stop_stall()
        self._places.leave(self)
        super().connection_lost(exc)

    @property
    def is_arriving(self) -> bool:
        """Whether the client has not sent its whole request, or is not known to."""
        return self._is_arriving or self._is_refused

    @override
    def data_received(self, data: bytes) -> None:
        if self._is_refused:
            return
        self._unread += len(data)
        super().data_received(data)
        if self._is_arriving or not self._is_answering():
            self._weigh(data)

    def _weigh(self, data: bytes) -> None:
        """Decide whether to wait for the rest of what has begun to come."""
        if self._is_refused:
            return
        if self._has_begun:
            self._has_begun = False
            self._unread = len(after_last_blank_line(data)) if self._is_head else 0
        if self._is_arriving and self._unread > LARGEST_HEAD:
            self._break_off(TOO_LARGE)
        elif self._timer is None:
            self._start_timer()

    @override
    def on_message_begin(self) -> None:
        self._is_arriving = self._is_head = self._has_begun = True
        super().on_message_begin()

    @override
    def on_headers_complete(self) -> None:
        if len(self.pipeline) >= MOST_PIPELINED:
            raise TooManyPipelined
        is_too_large = self._unread > LARGEST_HEAD and self._head_size() > LARGEST_HEAD
        if is_too_large:
            self.scope["state"][REFUSAL] = TOO_LARGE
        self._unread = 0
        super().on_headers_complete()  # It refuses a target that is no address.
        self._is_head = False
        self._has_cycle = True
        self.cycle.transport = self._farewell
        if is_too_large:
            self._give_up(self.cycle)

    @override
    def on_body(self, body: bytes) -> None:
        self._unread = max(0, self._unread - FRAMING * len(body))
        super().on_body(body)

    @override
    def on_message_complete(self) -> None:
        self._is_arriving = False
        self._unread = 0
        self._stop_timer()
        self._places.work(self)
        super().on_message_complete()

    @override
    def on_response_complete(self) -> None:
        if self._is_leaving:
            return
        super().on_response_complete()
        if self.timeout_keep_alive_task is not None:
            self._places.wait(self)

    @override
    def pause_writing(self) -> None:
        super().pause_writing()
        # Aborted, not closed: closing would wait for the client to read the rest.
        self._stall = self.loop.call_later(self.longest_stall, self.transport.abort)

    @override
    def resume_writing(self) -> None:
        self._stop_stall()
        super().resume_writing()

    def drop(self) -> None:
        self.transport.close()

    def stop_listening(self) -> None:
        """Throw away what still comes."""
        self._is_refused = self._is_leaving = True
        self._stop_timer()
        self.flow.resume_reading()

    @override
    def send_400_response(self, msg: str) -> None:
        if self._is_refused:
            return
        if self._is_arriving and not self._is_head:
            self._break_off(NOT_HTTP)
        elif self._is_answering():
            self.transport.close()
        else:
            self._refuse(NOT_HTTP)

    def _head_size(self) -> int:
        return len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)

    def _run_out_of_patience(self) -> None:
        self._timer = None
        if not self._is_arriving:
            # Nothing has come at all: there is no request to answer.
            self.transport.close()
        else:
            self._break_off(TOO_LATE)

    def _break_off(self, code: str) -> None:
        """Answer a request that has not arrived and will not be waited for."""
        if self._is_head:
            self._refuse(code)
        elif self.cycle.response_started:
            self.transport.close()
        else:
            # The application waits for the body, or will: it finds the code instead.
            self.cycle.scope["state"][REFUSAL] = code
            self.cycle.more_body = False
            self.cycle.message_event.set()
            self._give_up(self.cycle)

    def _refuse(self, code: str) -> None:
        """Answer what is no request yet, in the place of one."""
        if not self._is_arriving:
            super().on_message_begin()
        self.scope |= {"method": "GET", "path": "/", "raw_path": b"/", "query_string": b""}
        self.scope["state"][REFUSAL] = code
        is_answering, self._has_cycle = self._is_answering(), True
        self.cycle = RequestResponseCycle(
            scope=self.scope,
            transport=self._farewell,
            flow=self.flow,
            logger=self.logger,
            access_logger=self.access_logger,
            access_log=self.access_log,
            default_headers=self.server_state.default_headers,
            message_event=asyncio.Event(),
            expect_100_continue=False,
            keep_alive=False,
            on_response=self.on_response_complete,
        )
        self.cycle.more_body = False
        self._give_up(self.cycle)
        if is_answering:
            self.pipeline.appendleft((self.cycle, self.app))
        else:
            self._start_asgi_task(self.cycle, self.app)

    def _give_up(self, cycle: RequestResponseCycle) -> None:
        self._is_refused = True
        self._stop_timer()
        self._places.work(self)
        cycle.keep_alive = False

    def _is_answering(self) -> bool:
        return self._has_cycle and not self.cycle.response_complete

    def _stop_stall(self) -> None:
        if self._stall is not None:
            self._stall.cancel()
            self._stall = None

    def _start_timer(self) -> None:
        # A thousand that came at once are not all answered at once.
        seconds = self.patience * uniform(1, 1 + SPREAD)  # noqa: S311 - nobody gains by guessing it
        self._timer = self.loop.call_later(seconds, self._run_out_of_patience)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def after_last_blank_line(data: bytes) -> bytes:
    """Return what may belong to a request that has not sent its whole head yet."""
    return data.rpartition(b"\r\n\r\n")[2]


class TooManyPipelined(Exception):
    """More requests at once on one connection than any client sends."""


class _Farewell(asyncio.Transport):
    """A connection as its answers see it.

    One that is closed while its client still sends is closed in two steps, so that the client
    reads the answer before it meets the end.
    """

    def __init__(self, connection: BoundedHttp, transport: asyncio.Transport) -> None:
        super().__init__()
        self._connection = connection
        self._transport = transport

    @override
    def write(self, data: "bytes | bytearray | memoryview[Any]") -> None:
        self._transport.write(data)

    @override
    def is_closing(self) -> bool:
        return self._transport.is_closing()

    @override
    def close(self) -> None:
        transport, connection = self._transport, self._connection
        if not connection.is_arriving or not transport.can_write_eof():
            transport.close()
            return
        connection.stop_listening()
        transport.write_eof()
        connection.loop.call_later(LINGER, transport.close)
