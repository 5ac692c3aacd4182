"""monobank's signed notifications: the documented vector, forgeries, new keys."""

import hashlib
import json

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from app.adapters.acquirers.monobank import KEY_REST, MonobankAcquirer
from app.adapters.acquirers.monobank_signature import KeyUnreadable, is_signed, read_key
from app.models.money import Money
from app.models.payments.acquiring import AcquirerUnavailable, ChargeStatus, NotificationForged
from tests.adapters.payments.checkouts import CHECKOUT, Seconds
from tests.fakes.http_server import Fault
from tests.fakes.monobank import FakeMonobank

PUBLISHED = (
    "LS0tLS1CRUdJTiBQVUJMSUMgS0VZLS0tLS0KTUZrd0V3WUhLb1pJemowQ0FRWUlLb1pJemowREFRY0RRZ0FFQUc1LzZ3"
    "NnZubGJZb0ZmRHlYWE4vS29CbVVjTgo3NWJSUWg4MFBhaEdldnJoanFCQnI3OXNSS0JSbnpHODFUZVQ5OEFOakU1c0R3"
    "RmZ5Znhub0ZJcmZBPT0KLS0tLS1FTkQgUFVCTElDIEtFWS0tLS0tCg=="
)
SIGNATURE = (
    "MEUCIQC/mVKhi8FKoayul2Mim3E2oaIOCNJk5dEXxTqbkeJSOQIgOM0hsW0qcP2H8iXy1aQYpmY0SJWEaWur7nQXlKDC"
    "FxA="
)
MOMENT = "2019-08-24T14:15:22Z"
DOCUMENTED = {
    "invoiceId": "p2_9ZgpZVsl3",
    "status": "created",
    "failureReason": "string",
    "amount": 4200,
    "ccy": 980,
    "finalAmount": 4200,
    "createdDate": MOMENT,
    "modifiedDate": MOMENT,
    "reference": "84d0070ee4e44667b31371d8f8813947",
    "cancelList": [
        {
            "status": "processing",
            "amount": 4200,
            "ccy": 980,
            "createdDate": MOMENT,
            "modifiedDate": MOMENT,
            "approvalCode": "662476",
            "rrn": "060189181768",
            "extRef": "635ace02599849e981b2cd7a65f417fe",
        }
    ],
}
BODY = json.dumps(DOCUMENTED, indent=2).encode()


def test_the_documented_signature_is_good_to_the_byte() -> None:
    key = read_key(PUBLISHED)

    assert (len(BODY), hashlib.sha256(BODY).hexdigest()[:12]) == (582, "b68de0ef3e30")
    assert is_signed(key, SIGNATURE, BODY)
    assert not is_signed(key, SIGNATURE, BODY + b"\n")
    assert not is_signed(key, SIGNATURE, BODY.replace(b"4200", b"4201", 1))
    assert not is_signed(key, "not base64!", BODY)
    assert not is_signed(key, "", BODY)


@pytest.mark.parametrize("curve", [ec.SECP384R1(), ec.SECP256K1()])
def test_keys_on_other_curves_are_refused(curve: ec.EllipticCurve) -> None:
    other = FakeMonobank(key=ec.generate_private_key(curve))

    with pytest.raises(KeyUnreadable):
        read_key(other.published_key())


@pytest.mark.parametrize("text", ["", "%%%", "aGVsbG8="])
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(KeyUnreadable):
        read_key(text)


async def test_a_notification_is_read_if_it_is_signed(
    acquirer: MonobankAcquirer, monobank: FakeMonobank
) -> None:
    page = await acquirer.create(CHECKOUT)
    body, headers = monobank.notification(monobank.pay(page.provider_ref))
    lower = {name.lower(): value for name, value in headers.items()}

    charge = await acquirer.read_notification(lower, body)

    assert (charge.status, charge.received) == (ChargeStatus.SUCCEEDED, Money(4200))
    for forged in ({}, {"x-sign": ""}, {"x-sign": SIGNATURE}):
        with pytest.raises(NotificationForged):
            await acquirer.read_notification(forged, body)
    with pytest.raises(NotificationForged):
        await acquirer.read_notification(lower, body + b" " * 70_000)


async def test_forged_notifications_make_us_ask_for_the_key_twice_a_minute_at_most(
    acquirer: MonobankAcquirer, monobank: FakeMonobank, seconds: Seconds
) -> None:
    for _ in range(100):
        with pytest.raises(NotificationForged):
            await acquirer.read_notification({"x-sign": SIGNATURE}, BODY)
    assert len(monobank.server.asked) == 1

    seconds.now += KEY_REST
    with pytest.raises(NotificationForged):
        await acquirer.read_notification({"x-sign": SIGNATURE}, BODY)
    assert len(monobank.server.asked) == 2


async def test_a_new_key_of_theirs_is_found(
    acquirer: MonobankAcquirer, monobank: FakeMonobank, seconds: Seconds
) -> None:
    body, headers = monobank.notification(DOCUMENTED)
    await acquirer.read_notification({"x-sign": headers["X-Sign"]}, body)
    monobank.key = ec.generate_private_key(ec.SECP256R1())
    seconds.now += KEY_REST
    body, headers = monobank.notification(DOCUMENTED)

    charge = await acquirer.read_notification({"x-sign": headers["X-Sign"]}, body)
    assert charge.reference == DOCUMENTED["reference"]


async def test_without_a_key_a_notification_is_neither_believed_nor_called_forged(
    acquirer: MonobankAcquirer, monobank: FakeMonobank
) -> None:
    body, headers = monobank.notification(DOCUMENTED)
    monobank.server.fault = Fault.SERVER_ERROR

    for _ in range(3):
        with pytest.raises(AcquirerUnavailable):
            await acquirer.read_notification({"x-sign": headers["X-Sign"]}, body)
    assert len(monobank.server.asked) == 1
