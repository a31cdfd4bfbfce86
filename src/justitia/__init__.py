"""Justitia: from the records of police, prosecutors, courts and prisons to comparable, protected statistics."""
