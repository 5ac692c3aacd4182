"""The identifiers people type, each parsed once, at the door, into the one spelling we keep.

Each function returns the canonical form or raises its `ValueError`. Sources: EDRPOU and RNOKPP
check digits as python-stdnum implements them; mobile ranges of the Ukrainian numbering plan as
libphonenumber knows them; EIC as ENTSO-E's reference manual defines it.
"""

import re
from typing import ClassVar

import phonenumbers
from stdnum.eu import eic as eic_code
from stdnum.exceptions import ValidationError
from stdnum.ua import edrpou, rntrc

OLD_TRUNK_PREFIX = re.compile(r"^80\d{9}$")
MOBILES = frozenset({phonenumbers.PhoneNumberType.MOBILE})
PHONE_CHARACTERS = re.compile(r"\+?[0-9 ().\-\u00a0]{9,24}")
EDRPOU_LENGTH = 8
METERING_POINT_TYPE = "Z"


class IdentifierRefused(ValueError):
    code: ClassVar[str]


class PhoneInvalid(IdentifierRefused):
    code = "phone_invalid"


class TaxIdInvalid(IdentifierRefused):
    code = "tax_id_invalid"


class AccountNumberInvalid(IdentifierRefused):
    code = "account_number_invalid"


class EicInvalid(IdentifierRefused):
    code = "eic_invalid"


def parse_phone(text: str) -> str:
    """Return a Ukrainian mobile number in E.164: `067 123 45 67` -> `+380671234567`."""
    if not PHONE_CHARACTERS.fullmatch(text.strip()):
        raise PhoneInvalid
    digits = re.sub(r"[^\d+]", "", text)
    if OLD_TRUNK_PREFIX.match(digits):
        digits = f"+3{digits}"
    elif digits.startswith("380"):
        digits = f"+{digits}"
    try:
        number = phonenumbers.parse(digits, "UA")
    except phonenumbers.NumberParseException:
        raise PhoneInvalid from None
    if not phonenumbers.is_valid_number_for_region(number, "UA"):
        raise PhoneInvalid
    if phonenumbers.number_type(number) not in MOBILES:
        raise PhoneInvalid
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def mask_phone(phone: str) -> str:
    """Show whose phone it is without telling the number: `+380 67 *** ** 88`."""
    return f"{phone[:4]} {phone[4:6]} *** ** {phone[-2:]}"


def parse_tax_id(text: str) -> str:
    """Return an EDRPOU code (8 digits) or an RNOKPP (10 digits) whose check digit is right."""
    code = re.sub(r"[\s\-]", "", text)
    module = edrpou if len(code) == EDRPOU_LENGTH else rntrc
    # All zeros pass both checksums, and nobody has them.
    if not code.isascii() or not code.isdigit() or not code.strip("0"):
        raise TaxIdInvalid
    try:
        return str(module.validate(code))
    except ValidationError:
        raise TaxIdInvalid from None


def parse_eic(text: str) -> str:
    """Return the EIC of a metering point, upper case: 16 characters of type Z, check included."""
    try:
        code = str(eic_code.validate(text.strip().upper()))
    except ValidationError:
        raise EicInvalid from None
    if code[2] != METERING_POINT_TYPE:
        raise EicInvalid
    return code


class AccountNumbers:
    """The operator's own form of a personal account number; leading zeros count."""

    def __init__(self, pattern: str) -> None:
        self._pattern = re.compile(pattern, re.ASCII)

    def parse(self, text: str) -> str:
        number = re.sub(r"\s", "", text)
        if not self._pattern.fullmatch(number):
            raise AccountNumberInvalid
        return number
