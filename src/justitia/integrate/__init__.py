"""One person over datasets: scored pairs, decisions, persons with stable random ids, and how good the links are."""
