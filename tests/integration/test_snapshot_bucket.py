"""A snapshot in a bucket ends in the same works as in a folder; its parts come one at a time and leave nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import orjson
import pytest
import s3fs
from pydantic import SecretStr

from include import flatten, openalex
from include.openalex.errors import SnapshotChanged, SnapshotFault, Unreachable
from include.openalex.snapshot.remote import Remote
from include.pipeline.content import typed_content
from include.pipeline.faults import fault_settings
from include.raw_zone import list_batches, verify
from include.sandbox.snapshot import write_snapshot
from include.settings import Settings
from tests.unit.s3_server import serving_s3

HIDDEN = "secret-that-must-not-leak-4711"
NOWHERE = "http://127.0.0.1:9"
WORKS = "openalex/data/parquet/works"


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with serving_s3() as url:
        yield url


@pytest.fixture
def bucket(server: str) -> Iterator[s3fs.S3FileSystem]:
    """The file system with an empty bucket `openalex` that everybody may read, as the real one."""
    files = s3fs.S3FileSystem(
        key="key",
        secret=HIDDEN,
        endpoint_url=server,
        s3_additional_kwargs={"ACL": "public-read"},
        use_listings_cache=False,
        skip_instance_cache=True,
    )
    files.mkdir("openalex", acl="public-read")
    yield files
    files.rm("openalex", recursive=True)


@pytest.fixture(autouse=True)
def no_keys_around(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine with no credentials of its own: whatever is not asked for anonymously fails."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))


@pytest.fixture
def make_home(tmp_path: Path, server: str) -> Callable[..., Settings]:
    """Settings of a home that reads a snapshot at an address, without a key."""

    def make(address: str, name: str = "home", **changes: Any) -> Settings:
        settings = fault_settings(tmp_path / name, NOWHERE, Path("none"))
        made = settings.model_copy(update={"snapshot": address, "aws_endpoint_url": server, **changes})
        openalex.resolve_scope(made)
        return made

    return make


@pytest.fixture
def settings(
    make_home: Callable[..., Settings], bucket: s3fs.S3FileSystem, small_corpus: Path, tmp_path: Path
) -> Settings:
    """A home that reads a bucket with a snapshot in parquet."""
    write_snapshot(small_corpus, tmp_path / "s", form="parquet")
    upload(bucket, tmp_path / "s")
    return make_home("s3://openalex")


def upload(bucket: s3fs.S3FileSystem, folder: Path) -> None:
    bucket.put(f"{folder}/", "openalex/", recursive=True)


def bring_in(settings: Settings) -> Any:
    openalex.load_snapshot(settings)
    flatten.flatten_new(settings)
    return typed_content(settings)


def parts(bucket: s3fs.S3FileSystem) -> list[str]:
    return sorted(bucket.glob(f"{WORKS}/updated_date=*/part_*"))


def left_behind(settings: Settings) -> list[Path]:
    return list((settings.home / "tmp").rglob("*part_*"))


@pytest.mark.parametrize(("layout", "form"), [("2026", "jsonl"), ("2026", "parquet"), ("legacy", "jsonl")])
def test_a_bucket_that_is_everybodys_ends_in_the_same_works_as_a_folder(
    layout: Any, form: Any, small_corpus: Path, bucket: s3fs.S3FileSystem, make_home: Any, tmp_path: Path
) -> None:
    gone = {"W9900000361": date(2026, 2, 20)}
    write_snapshot(small_corpus, tmp_path / "s", layout=layout, form=form, deleted=gone)
    upload(bucket, tmp_path / "s")
    settings = make_home("s3://openalex/")
    found = bring_in(settings)
    assert found == bring_in(make_home(str(tmp_path / "s"), "folder"))
    assert found.tables["tombstones"][0] == 1
    (works,) = list_batches(settings, "works")
    assert works.source.startswith("s3://openalex/data/")
    assert verify(settings).problems == ()
    assert left_behind(settings) == []
    assert openalex.load_snapshot(settings) == []


def test_any_address_that_fsspec_reaches_will_do(
    small_corpus: Path, make_home: Callable[..., Settings], tmp_path: Path
) -> None:
    write_snapshot(small_corpus, tmp_path / "s")
    address = make_home(f"file://{tmp_path}/s")
    assert bring_in(address) == bring_in(make_home(str(tmp_path / "s"), "folder"))


def test_parts_are_downloaded_one_at_a_time(
    settings: Settings, bucket: s3fs.S3FileSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_hand: list[int] = []
    download = Remote.download

    def watched(self: Remote, address: str, file: Path) -> None:
        download(self, address, file)
        at_hand.append(len(left_behind(settings)))

    monkeypatch.setattr(Remote, "download", watched)
    openalex.load_snapshot(settings)
    assert at_hand[: len(parts(bucket))] == [1] * len(parts(bucket))


def test_a_download_that_ends_early_stops_the_load_and_the_next_goes_on(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    download, downloaded = Remote.download, list[str]()

    def cut(self: Remote, address: str, file: Path) -> None:
        download(self, address, file)
        downloaded.append(address)
        if len(downloaded) == 5:
            file.write_bytes(file.read_bytes()[:-1])

    monkeypatch.setattr(Remote, "download", cut)
    monkeypatch.setattr("include.openalex.snapshot.bundle.RECORDS_A_PAGE", 5)
    with pytest.raises(SnapshotFault, match="bytes, and the manifest says") as caught:
        openalex.load_snapshot(settings)
    assert caught.value.where == downloaded[4]
    assert left_behind(settings) == []
    openalex.load_snapshot(settings)
    assert not set(downloaded[:3]) & set(downloaded[5:])


def test_a_part_that_is_missing_is_named(settings: Settings, bucket: s3fs.S3FileSystem) -> None:
    missing = parts(bucket)[3]
    bucket.rm(missing)
    with pytest.raises(SnapshotFault, match="it is missing") as caught:
        openalex.load_snapshot(settings)
    assert caught.value.where == f"s3://{missing}"


def test_a_snapshot_that_is_replaced_while_it_is_read_is_told_as_that(
    settings: Settings, bucket: s3fs.S3FileSystem
) -> None:
    planned = openalex.plan_snapshot(settings)
    manifest = orjson.loads(bucket.cat_file(f"{WORKS}/manifest.json"))
    bucket.pipe_file(f"{WORKS}/manifest.json", orjson.dumps({**manifest, "date": "2027-01-01"}))
    with pytest.raises(SnapshotChanged, match="being replaced"):
        openalex.load_snapshot_bundle(settings, planned.bundles[0].window.window_id)
    assert list_batches(settings, "works") == []
    with pytest.raises(SnapshotChanged, match="the release as a whole is of"):
        openalex.plan_snapshot(settings)


def test_a_bucket_that_is_not_everybodys_wants_a_key(settings: Settings, bucket: s3fs.S3FileSystem) -> None:
    bucket.chmod(f"{WORKS}/manifest.json", "private")
    with pytest.raises(SnapshotFault, match="the bucket refuses the key or the permission"):
        openalex.plan_snapshot(settings)
    keys = {"aws_access_key_id": SecretStr("key"), "aws_secret_access_key": SecretStr(HIDDEN)}
    assert openalex.plan_snapshot(settings.model_copy(update=keys)).due != []


def test_an_empty_bucket_and_one_that_is_not_there_hold_no_snapshot(
    bucket: s3fs.S3FileSystem, make_home: Callable[..., Settings]
) -> None:
    for address in ("s3://openalex", "s3://another-bucket/with/prefix"):
        with pytest.raises(SnapshotFault, match="there is no snapshot of works here"):
            openalex.plan_snapshot(make_home(address))


def test_a_server_that_is_away_is_told_without_the_key(make_home: Callable[..., Settings]) -> None:
    keys = {"aws_access_key_id": SecretStr("key"), "aws_secret_access_key": SecretStr(HIDDEN)}
    away = make_home("s3://openalex", aws_endpoint_url=NOWHERE, **keys)
    with pytest.raises(Unreachable, match="the snapshot cannot be reached") as caught:
        openalex.plan_snapshot(away)
    assert HIDDEN not in f"{caught.value!s}{caught.value.__cause__}"


def test_an_address_that_nothing_here_can_read_is_told(make_home: Callable[..., Settings]) -> None:
    with pytest.raises(SnapshotFault, match="the address of the snapshot cannot be used"):
        openalex.plan_snapshot(make_home("carrier-pigeon://openalex"))
