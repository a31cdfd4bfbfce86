"""How well and how quickly persons are linked, on records whose truth is known."""
