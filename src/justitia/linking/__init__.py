"""Linking persons over agencies: from the vault to random person ids in the store, with separate roles and a log.

The room `integrate` scores and clusters; this package decides who may open identities, what may be joined at all,
and what is left afterwards. docs/explanation/what-justitia-refuses.md says what is not built, and why.
"""
