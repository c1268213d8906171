"""A snapshot in a bucket, or wherever else fsspec reaches: small files are read, parts downloaded one at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import aiohttp
import botocore.exceptions
import fsspec

from include.common.files import storage_errors
from include.common.s3 import s3_options
from include.openalex.errors import SnapshotFault, Unreachable
from include.settings import Settings

# a request each; two of them are in memory
_BLOCK_BYTES = 16 * 1024 * 1024


class Remote:
    """Files by their whole address."""

    def __init__(self, settings: Settings, address: str) -> None:
        options: dict[str, Any] = {"skip_instance_cache": True}
        if address.startswith("s3://"):
            options = s3_options(settings)
            # OpenAlex's own bucket is for everybody, and a key of another account may be refused there
            options["anon"] = "key" not in options
        try:
            self._fs, _ = fsspec.core.url_to_fs(address, use_listings_cache=False, **options)
        except (ValueError, ImportError) as error:
            raise SnapshotFault(
                f"the address of the snapshot cannot be used: {error}",
                where="ENTANGLED_SNAPSHOT",
                fix="use a folder or s3://bucket (s3://openalex is OpenAlex's own)",
            ) from None

    def read(self, address: str) -> bytes | None:
        """The file's bytes; None when there is no such file."""
        with _errors(address):
            try:
                content: bytes = self._fs.cat_file(address)
            except FileNotFoundError:
                return None
            return content

    def size(self, address: str) -> int | None:
        """The file's length in bytes; None when there is no such file."""
        with _errors(address):
            try:
                return int(self._fs.info(address)["size"])
            except FileNotFoundError:
                return None

    def names(self, pattern: str) -> list[str]:
        """Addresses of the files that match, sorted."""
        with _errors(pattern):
            return sorted(self._fs.unstrip_protocol(name) for name in self._fs.glob(pattern))

    def download(self, address: str, file: Path) -> None:
        """Write the file's bytes to `file`."""
        with storage_errors(file), file.open("wb") as target:
            for block in self._blocks(address):
                target.write(block)

    def _blocks(self, address: str) -> Iterator[bytes]:
        with _errors(address):
            source = self._fs.open(address, "rb", block_size=_BLOCK_BYTES, cache_type="readahead")
        try:
            while True:
                with _errors(address):
                    block: bytes = source.read(_BLOCK_BYTES)
                if not block:
                    return
                yield block
        finally:
            source.close()


@contextmanager
def _errors(address: str) -> Iterator[None]:
    """What the library raises, in our words: its own may repeat what it was given."""
    try:
        yield
    except (PermissionError, botocore.exceptions.NoCredentialsError):
        raise SnapshotFault(
            "the bucket refuses the key or the permission",
            where=address,
            fix="check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; a public bucket is read without them",
        ) from None
    except FileNotFoundError:
        raise SnapshotFault(
            "a file of the snapshot went while it was read",
            where=address,
            fix="run again: it goes on in this part, or says that the snapshot was replaced; what was loaded is kept",
        ) from None
    except (
        OSError,
        botocore.exceptions.BotoCoreError,
        botocore.exceptions.ClientError,
        aiohttp.ClientError,
    ) as error:
        raise Unreachable(
            f"the snapshot cannot be reached ({type(error).__name__})",
            where=address,
            fix="check the network, ENTANGLED_SNAPSHOT and AWS_ENDPOINT_URL, then run again; what was loaded is kept",
        ) from None
