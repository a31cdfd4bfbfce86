"""SDMX data messages received: each format read in blocks, as text, into Parquet."""

from justitia.collect.sdmx.observed import Received
from justitia.collect.sdmx.reading import receive_sdmx

__all__ = ["Received", "receive_sdmx"]
