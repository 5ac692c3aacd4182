"""The names of energies and zones on the wire."""

from typing import Literal

EnergyName = Literal["active_import", "active_export", "reactive_import", "reactive_export"]


ZoneName = Literal["total", "day", "night", "peak", "half_peak"]
