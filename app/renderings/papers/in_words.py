"""Sums in words, as Ukrainian papers state them: `сто двадцять гривень 05 копійок`."""

from collections.abc import Iterator
from typing import Final

from app.models.money import Money

ONES: Final = (
    "",
    "один",
    "два",
    "три",
    "чотири",
    "п’ять",
    "шість",
    "сім",
    "вісім",
    "дев’ять",
    "десять",
    "одинадцять",
    "дванадцять",
    "тринадцять",
    "чотирнадцять",
    "п’ятнадцять",
    "шістнадцять",
    "сімнадцять",
    "вісімнадцять",
    "дев’ятнадцять",
)
FEMININE: Final = {1: "одна", 2: "дві"}
TENS: Final = (
    "",
    "",
    "двадцять",
    "тридцять",
    "сорок",
    "п’ятдесят",
    "шістдесят",
    "сімдесят",
    "вісімдесят",
    "дев’яносто",
)
HUNDREDS: Final = (
    "",
    "сто",
    "двісті",
    "триста",
    "чотириста",
    "п’ятсот",
    "шістсот",
    "сімсот",
    "вісімсот",
    "дев’ятсот",
)
Forms = tuple[str, str, str]
SCALES: Final[tuple[tuple[Forms, bool], ...]] = (
    (("гривня", "гривні", "гривень"), True),
    (("тисяча", "тисячі", "тисяч"), True),
    (("мільйон", "мільйони", "мільйонів"), False),
    (("мільярд", "мільярди", "мільярдів"), False),
    (("трильйон", "трильйони", "трильйонів"), False),
)
"""Groups of three digits, the lowest first; True: its noun is feminine."""
KOPIYKAS: Final[Forms] = ("копійка", "копійки", "копійок")
TEENS: Final = range(11, 15)


def in_words(money: Money) -> str:
    """Return a sum in words, a negative one with `мінус` before it."""
    hryvnias, kopiykas = divmod(abs(money.kopiykas), 100)
    sign = ["мінус"] if money.kopiykas < 0 else []
    words = " ".join([*sign, *_hryvnias(hryvnias)])
    return f"{words} {kopiykas:02} {_form(kopiykas, KOPIYKAS)}"


def _hryvnias(count: int) -> Iterator[str]:
    if count == 0:
        yield "нуль гривень"
        return
    groups = [count // 1000**place % 1000 for place in range(len(SCALES))]
    for place, group in reversed(list(enumerate(groups))):
        forms, is_feminine = SCALES[place]
        if group or place == 0:
            yield from _group(group, is_feminine=is_feminine)
            yield _form(group, forms)


def _group(group: int, *, is_feminine: bool) -> Iterator[str]:
    """Yield the words of a number below a thousand."""
    hundreds, rest = divmod(group, 100)
    tens, ones = divmod(rest, 10) if rest >= len(ONES) else (0, rest)
    last = FEMININE.get(ones, ONES[ones]) if is_feminine else ONES[ones]
    yield from (word for word in (HUNDREDS[hundreds], TENS[tens], last) if word)


def _form(count: int, forms: Forms) -> str:
    if count % 100 in TEENS:
        return forms[2]
    match count % 10:
        case 1:
            return forms[0]
        case 2 | 3 | 4:
            return forms[1]
    return forms[2]
