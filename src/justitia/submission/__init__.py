"""What an office owes others: collections filled from the records, read back, compared; coverage of crime forms."""
