"""The object store: a second home for what must not be lost, batches and releases, on s3:// or any fsspec path.

Work happens on the local disk; `push` copies what is committed, `pull` brings a fresh machine up to date, `verify`
reads everything in the store against its manifests. `remote.py` is the store with its errors, `sync.py` what goes where
and in which order, because the order is the promise: docs/operating/store.md.
"""

from __future__ import annotations

from include.settings import Settings

__all__ = ["is_set", "pull", "push", "verify"]


def is_set(settings: Settings) -> bool:
    """Whether there is a store: ENTANGLED_STORE_URL."""
    return bool(settings.store_url)


def push(settings: Settings) -> str:
    """Upload every committed batch and the current release that the store does not have; returns what was done.

    Raises:
        SettingsError: there is no store.
        StoreError: it cannot be reached or used, or holds another object of that name. What is complete in it stays.
        ContractError: a local file is not what its manifest says. Nothing of that batch or release becomes visible.
        BusyError: another process does the same in this home.
    """
    from include.store.sync import push_all

    return push_all(settings)


def pull(settings: Settings) -> str:
    """Download every batch that is missing here, and the store's current release; returns what was done.

    Raises:
        as `push`; what is downloaded appears whole, by one rename.
    """
    from include.store.sync import pull_all

    return pull_all(settings)


def verify(settings: Settings) -> str:
    """Read every object of the store against its manifest; returns what was found whole.

    Raises:
        StoreError: with every object that is missing or not what its manifest says.
    """
    from include.store.sync import verify_all

    return verify_all(settings)
