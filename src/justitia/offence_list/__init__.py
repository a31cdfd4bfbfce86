"""A list of offences in a file, coded without a workspace: read, coded, written with the answers beside it."""
