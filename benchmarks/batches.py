"""Batches: a hundred readings against pgbench with the same SQL, and ten thousand at once."""

import asyncio
import json
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from statistics import median
from typing import Final

from app.repositories.direct import DirectStatement
from app.repositories.metering.batch_statements import (
    HOLD,
    PREFIX,
    READING_COLUMNS,
    RECEIPT_COLUMNS,
    WRITE,
)
from app.repositories.metering.reading_forms import OF_MANY
from app.repositories.metering.register_addresses import BY_ID
from benchmarks.bench import CLIENTS, Bench
from benchmarks.fill import id_of, id_sql, now, open_period
from benchmarks.load import Request
from benchmarks.pgbench import spelled
from benchmarks.rows import Row, at_least
from benchmarks.served import Served, tokens

FIRST: Final = 600_000_000_000
"""Numbers of what is made here, beyond all others."""
COMPANIES: Final = 128
"""Half of them are pgbench's."""
READINGS: Final = 100
LARGEST: Final = COMPANIES + 1
"""The company of ten thousand registers."""
ITEMS: Final = 10_000
MONTHS: Final = 14
MOST_SECONDS: Final = 3.0
SPACE: Final = 100_000
"""Numbers of one company's registers."""

_STEPS: Final = (
    """INSERT INTO organizations (id, tax_id, name, registered_at, ownership_proven_at)
       SELECT {company}, '99' || lpad(c::text, 6, '0'), 'ТОВ «Мережа»', now(), now()
         FROM {companies}""",
    """INSERT INTO members (organization_id, id, phone, role, locale, password_hash, created_at)
       SELECT {company}, {company}, '+38067' || lpad(c::text, 7, '0'), 'owner', 'uk', '', now()
         FROM {companies}""",
    """INSERT INTO sessions (organization_id, id, member_id, generation, refresh_hash, rotated_at,
                             created_at, last_seen_at, expires_at)
       SELECT {company}, {company}, {company}, 0, '', now(), now(), now(),
              now() + interval '14 days' FROM {companies}""",
    """INSERT INTO accounts (organization_id, id, account_number, address)
       SELECT {company}, {register}, '99' || c * 100000 + i, 'м. Київ'
         FROM {registers} WHERE i % 10 = 1""",
    """INSERT INTO account_links (organization_id, id, account_organization_id, account_id,
                                  linked_at)
       SELECT {company}, {register}, {company}, {register}, now()
         FROM {registers} WHERE i % 10 = 1""",
    """INSERT INTO metering_points (organization_id, id, account_id, eic, address)
       SELECT {company}, {register}, {account}, '62B' || c || '-' || i, 'м. Київ'
         FROM {registers}""",
    """INSERT INTO meters (organization_id, id, metering_point_id, serial_number, model,
                           installed_on, verification_due_on, is_remote)
       SELECT {company}, {register}, {register}, 'B' || i, 'НІК 2303', '2015-01-01', '2099-01-01',
              false FROM {registers}""",
    """INSERT INTO registers (organization_id, id, meter_id, code, energy, zone, digits, decimals,
                              multiplier)
       SELECT {company}, {register}, {register}, '1.8.0', 'active_import', 'total', 6, 1, 1
         FROM {registers}""",
    """INSERT INTO readings (organization_id, register_id, read_on, period, version, id, value,
                             taken_at, submitted_at, source, kind, status, findings)
       SELECT {company}, {register}, (date '{first}' + (m + 1) * interval '1 month')::date,
              (date '{first}' + m * interval '1 month')::date, 1, {reading}, 1000 + 100 * m, now(),
              now(), 'operator', 'actual', 'accepted', '{{}}'
         FROM {registers}, {months}""",
)
_COMPANIES: Final = f"generate_series(1, {LARGEST}) c"
_PARTS: Final = {
    "company": id_sql(f"{FIRST} + c"),
    "register": id_sql(f"{FIRST} + c * {SPACE} + i"),
    "account": id_sql(f"{FIRST} + c * {SPACE} + (i - 1) / 10 * 10 + 1"),
    "reading": id_sql(f"800000000000 + (c::bigint * {SPACE} + i) * {MONTHS} + m"),
    "companies": _COMPANIES,
    "registers": f"{_COMPANIES}, "
    f"generate_series(1, CASE c WHEN {LARGEST} THEN {ITEMS} ELSE {READINGS} END) i",
    "months": f"generate_series(0, {MONTHS - 1}) m",
}


def batches(bench: Bench) -> Iterator[Row]:
    first = open_period().shifted(-MONTHS).starts_on
    asyncio.run(
        bench.scratch.execute(
            "SET session_replication_role = replica",
            *(step.format(first=first, **_PARTS) for step in _STEPS),
            "VACUUM ANALYZE",
        )
    )
    companies = range(FIRST + 1, FIRST + LARGEST + 1)
    signed = dict(zip(companies, tokens(companies), strict=True))
    requests = [
        Request("POST", "/v1/reading-batches", signed[FIRST + c], _body(c, READINGS, "@"))
        for c in range(1, COMPANIES // 2 + 1)
    ]
    script = _script()

    def ours() -> float:
        bench.scratch.forget_submissions()
        return bench.load(requests).per_second

    def other() -> float:
        bench.scratch.forget_submissions()
        return bench.pgbench(script)

    yield at_least(f"batch of {READINGS} / pgbench", bench.pairs(ours, other), 0.60)
    yield from _ten_thousand(bench, signed[FIRST + LARGEST])


def _body(company: int, readings: int, digit: str) -> str:
    value = 1000 + 100 * MONTHS
    items = [
        {"register_id": str(id_of(FIRST + company * SPACE + i)), "value": f"{value}.{digit}"}
        for i in range(1, readings + 1)
    ]
    body = {"items": items, "mode": "all_or_nothing", "confirm_unusual": True}
    return json.dumps(body, separators=(",", ":"))


def _ten_thousand(bench: Bench, token: str) -> Iterator[Row]:
    """Yield how long ten thousand take, and how long others waited meanwhile."""
    taken, waited = [], []
    for lap in range(bench.rounds):
        bench.scratch.forget_submissions()
        with ThreadPoolExecutor(1) as beside:
            posting = beside.submit(_post, bench.product, token, _body(LARGEST, ITEMS, f"{lap}"))
            longest = 0.0
            while not posting.done():
                started = time.perf_counter()
                with urllib.request.urlopen(f"{bench.product.address}/health/live"):  # noqa: S310 - our own server
                    longest = max(longest, time.perf_counter() - started)
                time.sleep(0.005)
            taken.append(posting.result())
        waited.append(longest)
    yield Row(
        name=f"batch of {ITEMS:,}, all or nothing",
        ours=f"{median(taken):.2f} s",
        spread=f"{min(taken):.2f}-{max(taken):.2f}",
        goal=f"<= {MOST_SECONDS:g} s",
        reached=median(taken) <= MOST_SECONDS,
    )
    yield Row(
        name="longest GET /health/live meanwhile",
        ours=f"{median(waited) * 1000:.0f} ms",
        spread=f"{min(waited) * 1000:.0f}-{max(waited) * 1000:.0f}",
    )


def _post(served: Served, token: str, body: str) -> float:
    request = urllib.request.Request(  # noqa: S310 - our own server
        f"{served.address}/v1/reading-batches",
        data=body.encode(),
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    started = time.perf_counter()
    with urllib.request.urlopen(request) as response:  # noqa: S310 - our own server
        answer = json.load(response)
    seconds = time.perf_counter() - started
    if answer["recorded"] != ITEMS:
        raise SystemExit(f"only {answer['recorded']} of {ITEMS} were recorded")
    return seconds


def _script() -> str:
    each = COMPANIES // 2 // CLIENTS
    first = COMPANIES // 2 + 1
    companies = (
        f"\\set company {first} + :client_id * {each} + :n % {each}\n"
        f"\\set version 1 + :n / {each}\n"
        "\\set n :n + 1\n"
        f"\\set unique :client_id * 1000000000 + :n * {2 * READINGS}\n"
    )
    values, columns = _values(), _columns()
    statements = (BY_ID, OF_MANY)
    read = "".join(spelled(each, values) for each in statements)
    held, written = spelled(DirectStatement(HOLD), values), spelled(WRITE, values | columns)
    return f"{companies}{read}BEGIN;\n{held}{written}COMMIT;\n"


def _values() -> dict[str, str]:
    company = id_sql(f"{FIRST} + :company")
    accounts = _listed(id_sql(f"{FIRST} + :company * {SPACE} + (i - 1) / 10 * 10 + 1"))
    return {
        "caller_organization": company,
        "caller_session": company,
        "caller_now": f"'{now().isoformat()}'::timestamptz",
        "caller_today": ":today::date",
        "numbers": _listed("i"),
        **dict.fromkeys(("register_id", "register_ids", "meter_ids"), _listed(_REGISTER)),
        "account_ids": accounts,
        "register_accounts": accounts,
        "template": "''::text",
        "queued": "''::text",
    }


def _columns() -> dict[str, str]:
    """Return what the last statement writes: a receipt for each ten readings."""
    fresh = id_sql("500000000000 + :unique + i")
    readings = {
        "receipt": _listed(id_sql("500000000000 + :unique + (i - 1) / 10 + 1")),
        "id": _listed(fresh),
        "register_id": _listed(_REGISTER),
        "revision": _listed(":version - 1"),
        "read_on": _listed(":closes_on::date"),
        "event": _listed(":periodic::text"),
        "version": _listed(":version::integer"),
        "value": _listed(f"{1000 + 100 * MONTHS} + :version"),
        "taken_at": _listed(":moment::timestamptz"),
        "status": _listed(":accepted::text"),
        "findings": _listed("''::text"),
        "supersedes": _listed("NULL::uuid"),
    }
    receipts = {
        "account_id": id_sql(f"{FIRST} + :company * {SPACE} + (i - 1) * 10 + 1"),
        **dict.fromkeys(("receipt_id", "audit_id", "owners_audit_id", "message_id"), fresh),
        "period": ":period::date",
        "digest": ":digest::text",
        "details": ":details::text",
    }
    if [*readings, *receipts] != [*READING_COLUMNS, *RECEIPT_COLUMNS]:
        raise SystemExit("the statement takes other columns than this script gives")
    return {
        **{f"{PREFIX}{name}": value for name, value in readings.items()},
        **{name: _listed(value, READINGS // 10) for name, value in receipts.items()},
    }


_REGISTER: Final = id_sql(f"{FIRST} + :company * {SPACE} + i")


def _listed(value: str, length: int = READINGS) -> str:
    rows = f"generate_series(1, {length}) i"
    return f"(SELECT array_agg({value} ORDER BY i) FROM {rows})"  # noqa: S608 - constants
