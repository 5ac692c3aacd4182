"""What use cases speak to outside, found by its class; a subject asks for its own."""

from dataclasses import dataclass
from typing import TypeVar

Port = TypeVar("Port")


@dataclass(frozen=True, slots=True)
class Ports:
    """What the composition has built of a deployment's settings."""

    built: tuple[object, ...] = ()

    def of(self, kind: type[Port]) -> Port | None:
        """Return what this deployment has of a kind; None where it has none."""
        return next((each for each in self.built if isinstance(each, kind)), None)
