"""Every text meant for a person, keyed, in three languages.

The texts stand in gettext files, `locales/<language>/<noun>.po` and, of a subject,
`locales/<language>/<subject>/<noun>.po`; all files of a language make one catalogue. A text's key
is its `msgid`. Facts fill its `{placeholders}`. Where a text has plural forms, `msgid_plural`
names the fact that counts.
"""

import gettext
import string
import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, Final, Protocol

from babel.messages.pofile import read_po

from app.texts.formats import formatted
from app.texts.locale import Locale


class TextMissing(UserWarning):
    """A text or a fact is missing: an error in tests; people get the next best text."""


class TextsBroken(Exception):
    """A catalogue cannot be read, or one key stands in two files."""


@dataclass(frozen=True, slots=True)
class Text:
    forms: tuple[str, ...]
    counted: str | None = None
    """The fact that chooses the form, where there are several."""


Plural = Callable[[int], int]
FALLBACK: Final = Locale.EN


class Texts:
    """Says a text in a language, with its facts filled in."""

    def __init__(
        self, texts: Mapping[Locale, Mapping[str, Text]], plurals: Mapping[Locale, Plural]
    ) -> None:
        self._texts = texts
        self._plurals = plurals

    def say(self, key: str, locale: Locale, **facts: Any) -> str:
        """Return the text of a key; what is missing never fails a request."""
        text = self._texts[locale].get(key)
        if text is None:
            return self._next_best(key, locale, facts)
        chosen = text.forms[self._form(text, locale, facts)]
        return _filled(chosen, key, {name: formatted(fact, locale) for name, fact in facts.items()})

    def has(self, key: str) -> bool:
        return key in self._texts[FALLBACK]

    def keys(self, locale: Locale = FALLBACK) -> frozenset[str]:
        return frozenset(self._texts[locale])

    def forms(self, key: str, locale: Locale) -> tuple[str, ...]:
        return self._texts[locale][key].forms

    def placeholders(self, key: str, locale: Locale) -> frozenset[str]:
        """Return the names of the facts that a text wants."""
        forms = self._texts[locale][key].forms
        return frozenset(name for form in forms for name in _names(form))

    def _next_best(self, key: str, locale: Locale, facts: Mapping[str, Any]) -> str:
        warnings.warn(f"no text for {key} in {locale}", TextMissing, stacklevel=3)
        if locale is not FALLBACK and key in self._texts[FALLBACK]:
            return self.say(key, FALLBACK, **facts)
        return key

    def _form(self, text: Text, locale: Locale, facts: Mapping[str, Any]) -> int:
        if text.counted is None:
            return 0
        count = facts.get(text.counted)
        number = abs(int(count)) if isinstance(count, int) else 0
        return min(self._plurals[locale](number), len(text.forms) - 1)


def load() -> Texts:
    """Read every catalogue.

    :raises TextsBroken:
    """
    folder = files("app.texts") / "locales"
    texts: dict[Locale, dict[str, Text]] = {}
    plurals: dict[Locale, Plural] = {}
    for locale in Locale:
        catalogues = [_read(path, locale) for path in _files(folder / locale.value)]
        texts[locale] = merged(catalogue.texts for catalogue in catalogues)
        plurals[locale] = catalogues[0].plural
    return Texts(texts, plurals)


@dataclass(frozen=True, slots=True)
class _Catalogue:
    texts: dict[str, Text]
    plural: Plural


class _Message(Protocol):
    id: Any
    string: Any


def _files(folder: Traversable) -> list[Traversable]:
    """Return the catalogues of a language: the kernel's, and those in the subjects' folders."""
    found: list[Traversable] = []
    for path in sorted(folder.iterdir(), key=lambda path: path.name):
        if path.is_dir():
            found += _files(path)
        elif path.name.endswith(".po"):
            found.append(path)
    return found


def _read(path: Traversable, locale: Locale) -> _Catalogue:
    with path.open("rb") as file:
        catalogue = read_po(file, locale=locale.value, abort_invalid=True)
    texts = dict(_entry(message) for message in catalogue if message.id)
    return _Catalogue(texts, gettext.c2py(catalogue.plural_expr))


def _entry(message: _Message) -> tuple[str, Text]:
    if isinstance(message.id, tuple | list):
        key, counted = message.id
        return key, Text(tuple(message.string), counted)
    return message.id, Text((message.string,))


def merged(parts: Iterable[dict[str, Text]]) -> dict[str, Text]:
    merged: dict[str, Text] = {}
    for part in parts:
        if twice := merged.keys() & part.keys():
            raise TextsBroken(f"in two files: {', '.join(sorted(twice))}")
        merged |= part
    return merged


def _names(form: str) -> list[str]:
    return [name for _, name, _, _ in string.Formatter().parse(form) if name]


class _Facts(dict[str, str]):
    def __init__(self, key: str, facts: Mapping[str, str]) -> None:
        super().__init__(facts)
        self._key = key

    def __missing__(self, name: str) -> str:
        warnings.warn(f"{self._key} was not given {name}", TextMissing, stacklevel=4)
        return "…"


def _filled(form: str, key: str, facts: Mapping[str, str]) -> str:
    return form.format_map(_Facts(key, facts)) if "{" in form else form
