"""What an operator chooses; each subject lists its own in `app/models/<subject>/settings.py`."""

from dataclasses import dataclass
from typing import TypeVar


class SubjectSettings:
    """The settings of one subject: a frozen dataclass made of this class.

    A field is read from the variable `CABINET_<FIELD>`. Its bounds are those of `annotated_types`.
    """


OfSubject = TypeVar("OfSubject", bound=SubjectSettings)


@dataclass(frozen=True, slots=True)
class ChosenSettings:
    """The settings of all subjects, found by the class that holds them."""

    chosen: tuple[SubjectSettings, ...] = ()

    def of(self, kind: type[OfSubject]) -> OfSubject:
        """Return the settings of a subject, or its defaults where nothing was chosen."""
        return next((each for each in self.chosen if isinstance(each, kind)), None) or kind()
