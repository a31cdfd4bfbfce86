"""How well offences are coded: texts that the coder never saw, split by distinct text, with intervals."""
