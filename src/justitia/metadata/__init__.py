"""Definitions: reads, merges, checks and searches the catalogue and its overlays."""
