"""Documents of orders: taken by their content, kept harmless, and given back to be saved."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from httpx import AsyncClient, Response
from PIL import Image

from app.database import Database
from app.models.orders.attachment import MOST_ATTACHMENTS
from app.models.orders.file_types import LARGEST
from tests.factories.people import SignedIn
from tests.factories.registry import Company
from tests.fakes.clock import FrozenClock
from tests.steps.accounts.linking import refusal
from tests.steps.operations.audit import trail
from tests.steps.orders import files
from tests.steps.orders.ordering import ORDERS, about_point, body, placed, post, shown

SEAL = {"action": "seal", "from": "2026-12-01", "to": "2026-12-02"}


@pytest.fixture
async def draft(client: AsyncClient, owner: SignedIn, company: Company) -> dict[str, Any]:
    return await placed(client, owner, about_point(company, "seal", SEAL, submit=False))


async def attach(
    client: AsyncClient,
    who: SignedIn,
    order: dict[str, Any],
    content: bytes,
    *,
    name: str = "scheme.pdf",
    code: str = "scheme",
) -> Response:
    return await client.post(
        f"{ORDERS}/{order['id']}/attachments",
        files={"file": (name, content, "text/html")},
        data={"document_code": code},
        headers=who.headers,
    )


async def test_a_draft_gets_its_document_and_is_submitted(
    client: AsyncClient,
    database: Database,
    owner: SignedIn,
    company: Company,
    draft: dict[str, Any],
) -> None:
    early = await post(client, owner, draft, "submissions")
    attached = await attach(client, owner, draft, files.PDF)
    submitted = await post(client, owner, draft, "submissions")
    late = await attach(client, owner, draft, files.PDF + b"\n")

    assert refusal(early) == (409, "documents_missing")
    assert attached.status_code == 201, attached.text
    found = attached.json()
    assert (found["media_type"], found["size"]) == ("application/pdf", len(files.PDF))
    assert found["sha256"] == hashlib.sha256(files.PDF).hexdigest()
    assert submitted.json()["status"] == "awaiting_payment"
    assert submitted.json()["attachments"] == [found]
    assert refusal(late) == (409, "order_not_changeable")
    [event] = await trail(database, company, "order.document_added")
    assert event.details["sha256"] == found["sha256"]


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (files.PDF, "application/pdf"),
        (files.P7S, "application/pkcs7-signature"),
        (files.asice(("letter.pdf", files.PDF)), "application/vnd.etsi.asic-e+zip"),
    ],
    ids=["pdf", "p7s", "asice"],
)
async def test_a_file_comes_back_byte_by_byte_to_be_saved(
    client: AsyncClient, owner: SignedIn, draft: dict[str, Any], content: bytes, media_type: str
) -> None:
    name = '../../etc/"схема";\r\nX-Evil: 1.html'
    attached = (await attach(client, owner, draft, content, name=name)).json()

    url = f"{ORDERS}/{draft['id']}/attachments/{attached['id']}"
    answer = await client.get(url, headers=owner.headers)

    assert answer.content == content
    assert answer.headers["content-type"] == attached["media_type"] == media_type
    assert answer.headers["content-length"] == str(len(content))
    assert answer.headers["x-content-type-options"] == "nosniff"
    disposition = answer.headers["content-disposition"]
    assert disposition.startswith('attachment; filename="document.')
    assert "\r" not in disposition
    assert "X-Evil:" not in disposition
    assert "/" not in attached["name"]
    assert '"' not in attached["name"]
    assert "x-evil" not in answer.headers


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
async def test_a_picture_loses_what_the_camera_knew(
    client: AsyncClient, owner: SignedIn, draft: dict[str, Any], kind: str
) -> None:
    picture = files.image(kind) + b"<script>alert(1)</script>"
    assert files.SECRET.encode() in picture
    attached = (await attach(client, owner, draft, picture)).json()

    url = f"{ORDERS}/{draft['id']}/attachments/{attached['id']}"
    kept = (await client.get(url, headers=owner.headers)).content

    assert files.SECRET.encode() not in kept
    assert b"<script>" not in kept
    assert hashlib.sha256(kept).hexdigest() == attached["sha256"]
    with Image.open(BytesIO(kept)) as redrawn:
        assert (redrawn.format, redrawn.size) == (kind, (64, 48))
        assert not redrawn.getexif()


REFUSED = {
    "html": b"<html><script>alert(1)</script>",
    "a program": b"MZ" + b"\0" * 100,
    "a zip": files.plain_zip(),
    "a pdf cut off": files.PDF[:20],
    "a pdf that is a zip": files.PDF[:-6] + files.plain_zip() + b"%%EOF\n",
    "a zip before a pdf": files.plain_zip() + files.PDF,
    "a signature with more behind it": files.P7S + b"MZ",
    "a bomb": files.asice(("zeros", b"\0" * 50_000_000)),
    "a container that leaves its folder": files.asice(("../../etc/passwd", b"x")),
    "a container with an absolute name": files.asice(("/etc/passwd", b"x")),
    "a container cut off": files.asice(("a", b"x" * 100))[:-10],
}


@pytest.mark.parametrize("name", REFUSED)
async def test_what_is_not_taken_is_refused_by_its_content(
    client: AsyncClient, owner: SignedIn, draft: dict[str, Any], name: str
) -> None:
    refused = await attach(client, owner, draft, REFUSED[name])

    assert refusal(refused) == (415, "file_type_refused")
    assert "application/pdf" in refused.json()["accepted"]
    assert (await shown(client, owner, draft))["attachments"] == []


@pytest.mark.parametrize(
    ("content", "answer"),
    [
        (b"", (422, "file_empty")),
        (files.PDF.ljust(LARGEST + 1, b"\n"), (413, "file_size_refused")),
        (files.PDF.ljust(LARGEST + 100_000, b"\n"), (413, "body_too_large")),
        (files.image("JPEG")[:300], (422, "image_unreadable")),
        (files.image("PNG", (10_000, 5_001)), (422, "image_unreadable")),
    ],
    ids=["empty", "10 MiB + 1", "a form that is too large", "cut off", "too many pixels"],
)
async def test_sizes_have_bounds(
    client: AsyncClient,
    owner: SignedIn,
    draft: dict[str, Any],
    content: bytes,
    answer: tuple[int, str],
) -> None:
    assert refusal(await attach(client, owner, draft, content)) == answer


async def test_ten_mebibytes_are_taken(
    client: AsyncClient, owner: SignedIn, draft: dict[str, Any]
) -> None:
    whole = files.PDF[:-6].ljust(LARGEST - 6, b"\n") + b"%%EOF\n"

    assert (await attach(client, owner, draft, whole)).status_code == 201


async def test_a_stream_without_a_length_ends_where_it_becomes_too_large(
    client: AsyncClient, owner: SignedIn, draft: dict[str, Any]
) -> None:
    asked = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal asked
        yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
        while asked < 64 * 1024 * 1024:
            asked += 65536
            yield b"a" * 65536

    answer = await client.post(
        f"{ORDERS}/{draft['id']}/attachments",
        content=endless(),
        headers=owner.headers | {"Content-Type": "multipart/form-data; boundary=x"},
    )

    assert refusal(answer) == (413, "body_too_large")
    assert asked <= LARGEST + 2 * 65536


async def test_only_the_services_documents_are_attached_and_the_act_is_the_operators(
    client: AsyncClient, owner: SignedIn, draft: dict[str, Any]
) -> None:
    for code in ("photo", "act", ""):
        refused = await attach(client, owner, draft, files.PDF, code=code)
        assert refusal(refused) in {(422, "document_unknown"), (422, "validation_failed")}


async def test_the_same_file_again_is_the_same_attachment(
    client: AsyncClient, owner: SignedIn, draft: dict[str, Any], tmp_path: Path
) -> None:
    answers = [await attach(client, owner, draft, files.PDF) for _ in range(3)]

    assert len({each.json()["id"] for each in answers}) == 1
    kept = [path for path in (tmp_path / "files").rglob("*") if path.is_file()]
    assert len(kept) == 1
    assert kept[0].name == answers[0].json()["id"].replace("-", "")


async def test_an_order_has_so_many_files_and_no_more(
    client: AsyncClient, owner: SignedIn, draft: dict[str, Any]
) -> None:
    for number in range(MOST_ATTACHMENTS):
        content = b"%PDF-1.7\n" + str(number).encode() + b"\n%%EOF\n"
        assert (await attach(client, owner, draft, content)).status_code == 201

    refused = await attach(client, owner, draft, files.PDF)

    assert refusal(refused) == (409, "too_many_attachments")


async def test_a_document_is_removed_with_its_bytes(
    client: AsyncClient, owner: SignedIn, draft: dict[str, Any], tmp_path: Path
) -> None:
    attached = (await attach(client, owner, draft, files.PDF)).json()
    url = f"{ORDERS}/{draft['id']}/attachments/{attached['id']}"

    removed = await client.delete(url, headers=owner.headers)
    again = await client.delete(url, headers=owner.headers)
    gone = await client.get(url, headers=owner.headers)

    assert removed.status_code == 204
    assert refusal(again) == refusal(gone) == (404, "not_found")
    assert [path for path in (tmp_path / "files").rglob("*") if path.is_file()] == []


async def test_a_storage_that_is_away_keeps_nothing_and_says_so(
    client: AsyncClient, owner: SignedIn, draft: dict[str, Any], tmp_path: Path
) -> None:
    await asyncio.to_thread((tmp_path / "files").touch)

    refused = await attach(client, owner, draft, files.PDF)

    assert refusal(refused) == (503, "storage_unavailable")
    assert refused.headers["Retry-After"]
    assert (await shown(client, owner, draft))["attachments"] == []


async def test_a_stranger_gets_no_document(
    client: AsyncClient,
    owner: SignedIn,
    company: Company,
    draft: dict[str, Any],
    stranger: SignedIn,
) -> None:
    attached = (await attach(client, owner, draft, files.PDF)).json()
    other = await placed(client, owner, body(company, submit=False))

    url = f"{ORDERS}/{draft['id']}/attachments/{attached['id']}"
    answers = [
        await client.get(url, headers=stranger.headers),
        await client.delete(url, headers=stranger.headers),
        await attach(client, stranger, draft, files.PDF),
        await client.get(
            f"{ORDERS}/{other['id']}/attachments/{attached['id']}", headers=owner.headers
        ),
        await client.get(f"{ORDERS}/{draft['id']}/attachments/{uuid4()}", headers=owner.headers),
    ]

    assert [refusal(each) for each in answers] == [(404, "not_found")] * 5


async def test_who_uploads_with_an_old_token_is_told_so_and_no_byte_is_read(
    client: AsyncClient, clock: FrozenClock, owner: SignedIn, draft: dict[str, Any]
) -> None:
    clock.advance(timedelta(minutes=11))
    answer = await attach(client, owner, draft, files.PDF)

    assert refusal(answer) == (401, "token_rejected")
    assert answer.headers["connection"] == "close"
