"""Attack published tables as an outsider would, and say what they give away."""

from justitia.protect.audit.attack import audit
from justitia.protect.audit.contributors import audit_contributors
from justitia.protect.audit.proofs import Proofs
from justitia.protect.audit.result import METHOD_WORDS, AuditResult, Failure

__all__ = ["METHOD_WORDS", "AuditResult", "Failure", "Proofs", "audit", "audit_contributors"]
