"""Collect (GSBPM 4): receive files, verify receipt, map source columns to record kinds, account for every row."""
