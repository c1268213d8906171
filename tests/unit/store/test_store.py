"""The object store, on a real S3 server on loopback: what is in it is whole, survives kills, and is never replaced."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import duckdb_extension_httpfs
import pytest
import requests
import s3fs

from include import store
from include.common.clock import utc_now
from include.common.errors import ContractError, SettingsError
from include.common.files import sha256_file
from include.common.sql import quoted
from include.contracts.batch import BatchManifest, Query, Window
from include.contracts.hold import Hold, hold_file, hold_in, lift_hold
from include.raw_zone import verify as verify_raw
from include.raw_zone.writer import BatchWriter, SeenRecord, Tally
from include.settings import REPOSITORY, Settings, child_environment
from include.store.remote import StoreError
from tests.unit.releases import publish_record
from tests.unit.s3_server import serving_s3

HTTPFS = Path(duckdb_extension_httpfs.__path__[0]) / "extensions" / f"v{duckdb.__version__}" / "httpfs.duckdb_extension"
HIDDEN = "secret-that-must-not-leak-4711"


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """An S3 server in a process of its own."""
    with serving_s3() as url:
        yield url


@pytest.fixture
def bucket(server: str, request: pytest.FixtureRequest) -> Iterator[s3fs.S3FileSystem]:
    """The file system with an empty bucket `warehouse`."""
    files = s3fs.S3FileSystem(
        key="key", secret=HIDDEN, endpoint_url=server, use_listings_cache=False, skip_instance_cache=True
    )
    files.mkdir("warehouse")
    yield files
    files.rm("warehouse", recursive=True)


@pytest.fixture(params=["s3", "file"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A store of each kind."""
    if request.param == "file":
        return f"file://{tmp_path}/elsewhere"
    request.getfixturevalue("bucket")
    return "s3://warehouse/some/prefix"


@pytest.fixture
def home(server: str, tmp_path: Path) -> Callable[..., Settings]:
    """Settings of a machine: its own home, the store given."""

    def make(name: str, url: str, **changes: str) -> Settings:
        return Settings(_env_file=None, **environment(tmp_path / name, url, server, **changes))

    return make


def environment(folder: Path, url: str, server: str, **changes: str) -> dict[str, str]:
    return {
        "ENTANGLED_HOME": str(folder),
        "ENTANGLED_STORE_URL": url,
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": HIDDEN,
        "AWS_ENDPOINT_URL": server,
        **changes,
    }


def write_batch(settings: Settings, pages: int = 2) -> Path:
    """A committed batch of invented works."""
    query = Query(path="/works", filter=None, select="id", sort=None, per_page=1)
    writer = BatchWriter.open(settings, "works", Window(window_id="works-2019", title="2019"), query, first_cursor="*")
    for number in range(pages):
        writer.append(
            [b'{"id":"W%d"}' % number],
            [SeenRecord(f"W{number}", "hash")],
            Tally(received=1, stored=1),
            next_cursor=None,
            expected=pages,
            data_origin="synthetic",
        )
    state = writer.state
    manifest = BatchManifest(
        batch_id=state.batch_id, entity="works", source="http://127.0.0.1", data_origin="synthetic",
        strategy="publication_window", scope_id="s", fetch_version="1", window=state.window, query=query,
        expected=pages, received=pages, unchanged=0, stored=pages, duplicates=0, gone=0, pages=writer.pages(),
        started_at=state.started_at, ended_at=utc_now(), requests=1, credits=1, api_generation="awards", checks=(),
    )  # fmt: skip
    return writer.commit(manifest)


def write_release(settings: Settings) -> Path:
    """The record of a release with one mart, `current` pointing at it."""
    folder = settings.releases_dir / "20261120T000000Z-abc123"
    mart = folder / "parquet" / "mart.parquet"
    mart.parent.mkdir(parents=True)
    duckdb.sql("select range as n from range(7)").write_parquet(str(mart))
    return publish_record(settings, files_sha256={"parquet/mart.parquet": sha256_file(mart)})


def content(settings: Settings) -> dict[str, str]:
    folders = [settings.raw_zone, settings.releases_dir]
    files = [file for folder in folders for file in folder.rglob("*") if file.is_file()]
    return {file.relative_to(settings.home).as_posix(): sha256_file(file) for file in files}


def test_a_fresh_machine_gets_all_that_another_pushed(home: Callable[..., Settings], url: str) -> None:
    here, fresh = home("here", url), home("fresh", url)
    write_batch(here)
    write_batch(here, pages=1)
    write_release(here)
    assert store.push(here) == "pushed 2 batches; current release in the store: 20261120T000000Z-abc123"
    assert store.verify(here).startswith("3 batches and releases, 6 objects")
    assert store.pull(fresh) == "pulled 2 batches; current release here: 20261120T000000Z-abc123"
    assert content(fresh) == content(here)
    assert (fresh.releases_dir / "current").resolve().name == "20261120T000000Z-abc123"
    assert verify_raw(fresh).problems == ()
    # the same again does nothing
    assert store.push(here).startswith("pushed 0 batches")
    assert store.pull(fresh).startswith("pulled 0 batches")


def test_a_push_that_was_killed_shows_nothing_and_is_finished_by_the_next(
    home: Callable[..., Settings], bucket: s3fs.S3FileSystem, server: str, tmp_path: Path
) -> None:
    here, fresh = home("here", "s3://warehouse"), home("fresh", "s3://warehouse")
    write_batch(here, pages=150)
    process = subprocess.Popen(
        [sys.executable, "-m", "include.store", "push"],
        cwd=REPOSITORY,
        env=child_environment(**environment(here.home, "s3://warehouse", server)),
    )
    while not (sent := bucket.glob("warehouse/raw/works/batch=*/page-*")):
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert 0 < len(sent) < 150
    assert bucket.glob("warehouse/raw/works/batch=*/_manifest.json") == []
    assert store.pull(fresh).startswith("pulled 0 batches")
    assert store.push(here).startswith("pushed 1 batches")
    store.pull(fresh)
    assert content(fresh) == content(here)


def test_another_object_of_that_name_is_never_replaced(
    home: Callable[..., Settings], bucket: s3fs.S3FileSystem
) -> None:
    here = home("here", "s3://warehouse")
    folder = write_batch(here)
    theirs = f"warehouse/raw/works/{folder.name}/page-00001.jsonl.gz"
    bucket.pipe_file(theirs, b"theirs")
    with pytest.raises(StoreError, match="another object"):
        store.push(here)
    assert bucket.cat_file(theirs) == b"theirs"
    assert bucket.glob("warehouse/raw/works/batch=*/_manifest.json") == []


def test_a_torn_file_goes_neither_there_nor_here(home: Callable[..., Settings], bucket: s3fs.S3FileSystem) -> None:
    here, fresh = home("here", "s3://warehouse"), home("fresh", "s3://warehouse")
    folder = write_batch(here)
    whole = (folder / "page-00002.jsonl.gz").read_bytes()
    (folder / "page-00002.jsonl.gz").write_bytes(b"torn")
    with pytest.raises(ContractError, match="not what its manifest says"):
        store.push(here)
    (folder / "page-00002.jsonl.gz").write_bytes(whole)
    store.push(here)
    bucket.pipe_file(f"warehouse/raw/works/{folder.name}/page-00002.jsonl.gz", b"torn")
    with pytest.raises(ContractError, match="not what its manifest says"):
        store.pull(fresh)
    assert not fresh.raw_zone.exists()
    with pytest.raises(StoreError, match=r"page-00002.jsonl.gz: not what its manifest says"):
        store.verify(here)


def test_a_current_release_that_was_not_pushed_stays(home: Callable[..., Settings], url: str) -> None:
    here, other = home("here", url), home("other", url)
    write_release(here)
    store.push(here)
    publish_record(other, release_id="20261121T000000Z-newer1")
    assert store.pull(other).endswith("current release here: 20261121T000000Z-newer1")


def hold(settings: Settings, release_id: str = "20261120T000000Z-abc123") -> Hold:
    """Hold a release here, as a rollback does."""
    made = Hold(release_id=release_id, since=utc_now(), who="somebody", rolled_back_from=("20261122T000000Z-wrong1",))
    made.save(hold_file(settings.releases_dir))
    return made


def test_a_hold_reaches_other_machines_and_is_lifted_there_too(home: Callable[..., Settings], url: str) -> None:
    here, other = home("here", url), home("other", url)
    write_release(here)
    store.push(here)
    store.pull(other)
    made = hold(here)
    store.push(here)
    assert store.verify(here).startswith("1 batches and releases")
    store.pull(other)
    pulled = hold_in(other.releases_dir)
    assert pulled is not None
    assert pulled == made.model_copy(update={"came_from": "store"})
    # the same again changes nothing
    store.pull(other)
    assert hold_in(other.releases_dir) == pulled
    lift_hold(here.releases_dir)
    store.push(here)
    store.pull(other)
    assert hold_in(other.releases_dir) is None


def test_a_hold_that_was_made_here_is_not_changed_by_a_pull(
    home: Callable[..., Settings], url: str, caplog: pytest.LogCaptureFixture
) -> None:
    here, other = home("here", url), home("other", url)
    write_release(here)
    store.push(here)
    store.pull(other)
    publish_record(here, release_id="20261121T000000Z-newer1")
    store.push(here)
    made = hold(other)
    assert store.pull(other).endswith("current release here: 20261120T000000Z-abc123")
    assert hold_in(other.releases_dir) == made
    assert "a pull leaves it there" in caplog.text
    lift_hold(other.releases_dir)
    assert store.pull(other).endswith("current release here: 20261121T000000Z-newer1")


def test_a_reader_queries_a_release_in_the_store(
    home: Callable[..., Settings], bucket: s3fs.S3FileSystem, server: str
) -> None:
    here = home("here", "s3://warehouse")
    write_release(here)
    store.push(here)
    with duckdb.connect() as reader:
        # not by duckdb_extensions, which does not quote the path
        reader.execute(f"load {quoted(HTTPFS)}")
        reader.execute(
            f"create secret (type s3, key_id 'key', secret '{HIDDEN}', endpoint '{server.removeprefix('http://')}', "
            "url_style 'path', use_ssl false)"
        )
        found = reader.sql("select sum(n) from 's3://warehouse/releases/20261120T000000Z-abc123/parquet/*.parquet'")
        assert found.fetchall() == [(21,)]


def test_without_a_bucket_a_network_or_a_right_key_it_says_so_and_tells_no_secret(
    home: Callable[..., Settings], bucket: s3fs.S3FileSystem, server: str
) -> None:
    def said(url: str, **changes: str) -> str:
        settings = home("here", url, **changes)
        with pytest.raises(StoreError) as raised:
            store.push(settings)
        assert HIDDEN not in str(raised.value) + repr(raised.value)
        return str(raised.value)

    assert "no such bucket" in said("s3://nowhere")
    assert "cannot be reached" in said("s3://warehouse", AWS_ENDPOINT_URL="http://127.0.0.1:1")
    requests.post(f"{server}/moto-api/reset-auth", data=b"0", timeout=300).raise_for_status()
    try:
        assert "refuses the key" in said("s3://warehouse")
    finally:
        requests.post(f"{server}/moto-api/reset-auth", data=b"inf", timeout=300).raise_for_status()


def test_without_a_store_it_says_which_setting(home: Callable[..., Settings]) -> None:
    settings = home("here", "")
    assert not store.is_set(settings)
    with pytest.raises(SettingsError) as raised:
        store.push(settings)
    assert raised.value.where == "ENTANGLED_STORE_URL"
