"""Review and validate (GSBPM 5.3): declared checks on records; what fails is a finding, never a lost record."""

from justitia.validate.declaration import VALIDATE

__all__ = ["VALIDATE"]
