"""Observations against their SDMX structure: codes, keys, periods, types, attributes, constraints and sums."""

from justitia.validate.sdmx.checking import check_observations
from justitia.validate.sdmx.sums import Sums

__all__ = ["Sums", "check_observations"]
