"""Errors of the warehouse stage."""

from include.common.errors import EntangledError


class NoBatches(EntangledError):
    """No typed batch, or no resolved scope, exists yet. dbt was not started."""


class StaleBatches(EntangledError):
    """Another version of flatten made some typed batches, and the models may not know their form. Nothing was built."""


class MixedOrigins(EntangledError):
    """Invented and real batches lie in one home. dbt was not started, so no figure mixes them."""


class WarehouseBroken(EntangledError):
    """The warehouse file cannot be opened. It is disposable; batches and releases are untouched."""


class DbtFailed(EntangledError):
    """dbt ended with an error. The message names the failing nodes; readers keep the last release."""


class ReferenceBroken(EntangledError):
    """A row of the reference tables says what cannot be counted. Nothing was built."""


class ListBroken(EntangledError):
    """A list of the user's own cannot be read as it stands. Nothing was built."""
