"""Check a catalogue with its overlays: all faults at once, each with its file, line and remedy."""

from __future__ import annotations

from justitia.errors import CatalogueError
from justitia.metadata.checking.codelists import check_codelists
from justitia.metadata.checking.coder import check_coder
from justitia.metadata.checking.correspondences import check_correspondences
from justitia.metadata.checking.dataflows import check_dataflows
from justitia.metadata.checking.files import check_files
from justitia.metadata.checking.flows import check_flows
from justitia.metadata.checking.indicators import check_indicators
from justitia.metadata.checking.known import Known
from justitia.metadata.checking.layouts import check_layouts
from justitia.metadata.checking.linkages import check_linkages
from justitia.metadata.checking.names import check_names
from justitia.metadata.checking.privacy import check_privacy
from justitia.metadata.checking.records import check_records
from justitia.metadata.faults import Faults
from justitia.metadata.load import Catalogue


def check_catalogue(catalogue: Catalogue) -> tuple[CatalogueError, ...]:
    """Return every fault of the definitions; none is raised.

    Args:
        catalogue: as `load_catalogue` gives it; it is read anew.
    """
    faults = Faults()
    gathering = Catalogue(catalogue.tree, gather=faults)
    check_files(catalogue.tree, faults)
    gathering.read_all()
    known = Known(gathering, faults)
    for check in (check_names, check_codelists, check_records, check_layouts, check_correspondences):
        check(known)
    check_dataflows(known)
    check_flows(known)
    check_linkages(known)
    check_indicators(known)
    check_privacy(known)
    check_coder(known)
    return tuple({str(error): error for error in faults.errors}.values())
