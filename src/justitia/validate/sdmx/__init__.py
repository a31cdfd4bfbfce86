"""Observations against their SDMX structure: codes, keys, periods, types, attributes, constraints and sums."""

from justitia.validate.sdmx.checking import Sums, check_observations

__all__ = ["Sums", "check_observations"]
