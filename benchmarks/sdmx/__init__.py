"""SDMX measured: writing, reading and checking a million observations, beside pysdmx in the same run."""
