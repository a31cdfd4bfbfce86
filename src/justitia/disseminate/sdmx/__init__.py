"""SDMX: data messages written in blocks, and the structures of national tables."""

from justitia.disseminate.sdmx.message import FORMATS, Header
from justitia.disseminate.sdmx.writing import write_data

__all__ = ["FORMATS", "Header", "write_data"]
