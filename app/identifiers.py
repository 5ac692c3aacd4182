"""The identifiers people type, each parsed once, where it arrives, into the one spelling we keep.

Each function returns the canonical form or raises its `ValueError`. Sources: EDRPOU and RNOKPP
check digits as python-stdnum implements them; mobile ranges of the Ukrainian numbering plan as
libphonenumber knows them; EIC as ENTSO-E's reference manual defines it.
"""

import re
import unicodedata
from typing import ClassVar

import phonenumbers
from stdnum import iban
from stdnum.eu import eic as eic_code
from stdnum.exceptions import ValidationError
from stdnum.ua import edrpou, rntrc

OLD_TRUNK_PREFIX = re.compile(r"^80\d{9}$")
MOBILES = frozenset({phonenumbers.PhoneNumberType.MOBILE})
PHONE_CHARACTERS = re.compile(r"\+?[0-9 ().\-]{9,24}")
LONGEST = 64
"""Characters of what is looked at; no identifier has so many, however it is written."""
MINUS = "\u2212"
EDRPOU_LENGTH = 8
METERING_POINT_TYPE = "Z"


class IdentifierRefused(ValueError):
    code: ClassVar[str]


class PhoneInvalid(IdentifierRefused):
    code = "phone_invalid"


class TaxIdInvalid(IdentifierRefused):
    code = "tax_id_invalid"


class AccountNumberMalformed(IdentifierRefused):
    code = "account_number_invalid"


class EicInvalid(IdentifierRefused):
    code = "eic_invalid"


def as_typed(text: str) -> str:
    """Return what a person sees, as a keyboard would write it.

    Contacts, PDFs and web pages put in what nobody sees or tells apart: spaces that do not break,
    marks of direction, spaces of no width, dashes for hyphens, digits of full width.
    """
    if text.isascii() or len(text) > LONGEST:
        return text
    return "".join(map(_plain, unicodedata.normalize("NFKC", text)))


def without_spaces(text: str) -> str:
    """Return a code or a number as typed, without the spaces and hyphens of its groups."""
    return re.sub(r"[\s\-]", "", as_typed(text))


def _plain(character: str) -> str:
    match unicodedata.category(character):
        case "Cf":
            return ""
        case "Pd":
            return "-"
        case "Zs":
            return " "
    return "-" if character == MINUS else character


def parse_phone(text: str) -> str:
    """Return a Ukrainian mobile number in E.164: `067 123 45 67` -> `+380671234567`."""
    typed = as_typed(text).strip()
    if not PHONE_CHARACTERS.fullmatch(typed):
        raise PhoneInvalid
    digits = re.sub(r"[^\d+]", "", typed)
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
    code = without_spaces(text)
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
        code = str(eic_code.validate(re.sub(r"\s", "", as_typed(text)).upper()))
    except ValidationError:
        raise EicInvalid from None
    if code[2] != METERING_POINT_TYPE:
        raise EicInvalid
    return code


def is_iban(text: str) -> bool:
    """Tell whether a text is an IBAN in its one spelling, check digits (ISO 7064) included."""
    return text.isascii() and text.isalnum() and bool(iban.is_valid(text)) and text.isupper()


class AccountNumbers:
    """The operator's own form of a personal account number; leading zeros count."""

    def __init__(self, pattern: str) -> None:
        self._pattern = re.compile(pattern, re.ASCII)

    def find(self, text: str) -> str | None:
        """Return the number; None if the text is none of this operator's form."""
        # An operator's numbers may have hyphens of their own.
        for number in (re.sub(r"\s", "", as_typed(text)), without_spaces(text)):
            if self._pattern.fullmatch(number):
                return number
        return None

    def parse(self, text: str) -> str:
        """Return the number, for callers that say themselves where the text stands.

        :raises AccountNumberMalformed:
        """
        number = self.find(text)
        if number is None:
            raise AccountNumberMalformed
        return number
