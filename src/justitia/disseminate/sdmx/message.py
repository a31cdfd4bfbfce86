"""What every SDMX data message says of itself, and the formats that are written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

FORMATS: Mapping[str, str] = {
    "csv-1.0": ".csv",
    "csv-2.0": ".csv",
    "ml-2.1": ".xml",
    "ml-3.0": ".xml",
    "json-2.0": ".json",
}


@dataclass(frozen=True, slots=True)
class Header:
    """The head of a message.

    Args:
        id: of the message.
        sender: SDMX id of the agency that sends it.
        prepared: when it was made, in UTC.
        test: true for figures that are of no country.
        receiver: SDMX id of who gets it, may be empty.
        dataflow: short name `AGENCY:ID(VERSION)` of the dataflow; empty: the message names the structure alone.
    """

    id: str
    sender: str
    prepared: datetime
    test: bool = False
    receiver: str = ""
    dataflow: str = ""

    @property
    def prepared_text(self) -> str:
        """The time as SDMX writes it."""
        return self.prepared.strftime("%Y-%m-%dT%H:%M:%SZ")
