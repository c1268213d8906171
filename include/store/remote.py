"""One store behind fsspec: put without ever replacing another object, get, list; errors in words, without secrets."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import botocore.exceptions
import fsspec

from include.common.errors import EntangledError, SettingsError
from include.common.files import ensure_dir, sha256_file, storage_errors
from include.common.s3 import s3_options
from include.settings import Settings

_CHUNK_BYTES = 1 << 20


class StoreError(EntangledError):
    """The object store cannot be used, or holds something else than it should. What is complete in it is untouched."""


class Store:
    """Objects by their path below ENTANGLED_STORE_URL, such as `raw/works/batch=<ulid>/page-00001.jsonl.gz`."""

    def __init__(self, settings: Settings) -> None:
        if not settings.store_url:
            raise SettingsError(
                "there is no object store",
                where="ENTANGLED_STORE_URL",
                fix="set it, to s3://bucket/prefix for instance",
            )
        self.url = settings.store_url.rstrip("/")
        options: dict[str, Any] = {}
        if self.url.startswith("s3://"):
            options = s3_options(settings)
        try:
            # a cached listing would hide what another machine has uploaded
            self._fs, self._root = fsspec.core.url_to_fs(self.url, use_listings_cache=False, **options)
        except (ValueError, ImportError):
            raise SettingsError(
                "the object store's address cannot be used", where="ENTANGLED_STORE_URL", fix="use s3:// or file://"
            ) from None
        # an upload to S3 appears whole or not at all; to other file systems it needs a rename
        self._puts_whole = self.url.startswith("s3://")

    def put(self, file: Path, path: str) -> bool:
        """Upload `file`, unless the very same object is there. Returns whether it was uploaded.

        Raises:
            StoreError: another object of that name is there, and stays.
        """
        size = self.size(path)
        if size is not None:
            if size != file.stat().st_size or self.sha256(path) != sha256_file(file):
                raise StoreError(
                    "the object store holds another object of that name",
                    where=f"{self.url}/{path}",
                    fix="look whose it is; use another prefix in ENTANGLED_STORE_URL, or move the object away",
                )
            return False
        with self._errors(path):
            if self._puts_whole:
                self._fs.put_file(str(file), self._full(path))
            else:
                self._put_aside(path, lambda aside: self._fs.put_file(str(file), aside))
        return True

    def point(self, path: str, content: bytes) -> None:
        """Write a small object, in place of the one before: for a pointer, the only kind that changes."""
        with self._errors(path):
            if self._puts_whole:
                self._fs.pipe_file(self._full(path), content)
            else:
                self._put_aside(path, lambda aside: self._fs.pipe_file(aside, content))

    def get(self, path: str, file: Path) -> None:
        """Download an object to `file`."""
        ensure_dir(file.parent)
        with storage_errors(file), file.open("wb") as target:
            for chunk in self._chunks(path):
                target.write(chunk)

    def read(self, path: str) -> bytes | None:
        """A small object, None when it is not there."""
        return None if self.size(path) is None else b"".join(self._chunks(path))

    def sha256(self, path: str) -> str:
        """Hex SHA-256 of an object's bytes, which are read for it."""
        found = hashlib.sha256()
        for chunk in self._chunks(path):
            found.update(chunk)
        return found.hexdigest()

    def size(self, path: str) -> int | None:
        """Bytes of an object, None when it is not there."""
        with self._errors(path):
            try:
                return int(self._fs.info(self._full(path))["size"])
            except FileNotFoundError:
                return None

    def find(self, pattern: str) -> list[str]:
        """Paths that match, sorted; none when the store is empty.

        Raises:
            StoreError: the bucket is not there, or cannot be read.
        """
        with self._errors(""):
            if self._puts_whole:
                # a glob takes a missing bucket for an empty one
                self._fs.call_s3("list_objects_v2", Bucket=self._root.split("/")[0], MaxKeys=1)
            return sorted(each.removeprefix(f"{self._root}/") for each in self._fs.glob(self._full(pattern)))

    def _chunks(self, path: str) -> Iterator[bytes]:
        with self._errors(path):
            source = self._fs.open(self._full(path), "rb", block_size=_CHUNK_BYTES, cache_type="readahead")
        try:
            while True:
                with self._errors(path):
                    chunk: bytes = source.read(_CHUNK_BYTES)
                if not chunk:
                    return
                yield chunk
        finally:
            source.close()

    def _put_aside(self, path: str, write: Any) -> None:
        final = self._full(path)
        folder, name = final.rsplit("/", 1)
        aside = f"{folder}/.{name}.{uuid.uuid4().hex}.tmp"
        self._fs.makedirs(folder, exist_ok=True)
        write(aside)
        self._fs.mv(aside, final)

    def _full(self, path: str) -> str:
        return f"{self._root}/{path}"

    @contextmanager
    def _errors(self, path: str) -> Iterator[None]:
        """What the store's library raises, in our words: its own may repeat what it was given."""
        where = f"{self.url}/{path}"
        try:
            yield
        except (PermissionError, botocore.exceptions.NoCredentialsError):
            raise StoreError(
                "the object store refuses the key or the permission",
                where=where,
                fix="check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and what that key may do",
            ) from None
        except FileNotFoundError:
            raise StoreError(
                "the object store has no such bucket or object",
                where=where,
                fix="make the bucket, or correct ENTANGLED_STORE_URL; an object that went meanwhile: run again",
            ) from None
        except (OSError, botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError) as error:
            raise StoreError(
                f"the object store cannot be reached or used ({type(error).__name__})",
                where=where,
                fix="check the network, ENTANGLED_STORE_URL and AWS_ENDPOINT_URL, then run again: "
                "what is complete is not sent twice",
            ) from None
