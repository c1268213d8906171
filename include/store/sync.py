"""What goes to the store and comes from it, and in which order.

    raw/<entity>/batch=<ulid>/    pages and hashes first, `_manifest.json` last: no manifest, no batch
    releases/<id>/                everything else first, `release.json` last: no record, no release
    releases/current.json         one small object that names the current release, written after it is whole

An object is written once and never changed, but for the pointer; names hold a ULID or a moment, so machines that push
at the same time do not meet.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from pathlib import Path

from include.common.errors import ContractError
from include.common.files import only_one, point_link, publish_dir, remove_tree, sha256_file
from include.common.progress import Progress
from include.contracts.batch import BatchManifest
from include.contracts.release import Release
from include.settings import Settings
from include.store.remote import Store, StoreError

log = logging.getLogger("entangled")

MANIFEST = "_manifest.json"
HASHES = "_hashes.parquet"
RECORD = "release.json"
POINTER = "releases/current.json"


def push_all(settings: Settings) -> str:
    """See `include.store.push`."""
    store = Store(settings)
    with only_one(settings.locks_dir / "store.lock", "an exchange with the object store"):
        there = set(store.find(f"raw/*/batch=*/{MANIFEST}"))
        manifests = sorted(settings.raw_zone.glob(f"*/batch=*/{MANIFEST}"))
        missing = [each.parent for each in manifests if _path(settings, each) not in there]
        with Progress("store", "push", total=len(missing), unit="batches", folder=settings.progress_dir) as progress:
            for folder in missing:
                manifest = BatchManifest.load(folder / MANIFEST)
                _send(store, settings, folder, _parts_of_batch(manifest), MANIFEST)
                progress.add(1)
        current = settings.releases_dir / "current"
        release_id = None
        if current.is_symlink():
            # the folder itself: the link may be pointed elsewhere meanwhile
            folder = current.resolve()
            release = Release.load(folder / RECORD)
            release_id = release.release_id
            _send(store, settings, folder, release.files_sha256, RECORD)
            if _pointed_at(store) != release_id:
                store.point(POINTER, json.dumps({"release_id": release_id}).encode() + b"\n")
    return f"pushed {len(missing)} batches; current release in the store: {release_id or 'none here'}"


def pull_all(settings: Settings) -> str:
    """See `include.store.pull`."""
    store = Store(settings)
    with only_one(settings.locks_dir / "store.lock", "an exchange with the object store"):
        remote = [Path(each).parent for each in store.find(f"raw/*/batch=*/{MANIFEST}")]
        missing = [each for each in remote if not (settings.home / each).exists()]
        with Progress("store", "pull", total=len(missing), unit="batches", folder=settings.progress_dir) as progress:
            for path in missing:
                aside = _aside(settings, path)
                store.get(f"{path}/{MANIFEST}", aside / MANIFEST)
                _fetch(store, path, aside, _parts_of_batch(BatchManifest.load(aside / MANIFEST)))
                publish_dir(aside, settings.home / path)
                progress.add(1)
        release_id = _pull_release(settings, store)
    return f"pulled {len(missing)} batches; current release here: {release_id or 'none'}"


def verify_all(settings: Settings) -> str:
    """See `include.store.verify`."""
    store = Store(settings)
    aside = _aside(settings, Path("verify"))
    problems: list[str] = []
    objects = 0
    wholes = store.find(f"raw/*/batch=*/{MANIFEST}") + store.find(f"releases/*/{RECORD}")
    with Progress("store", "verify", total=len(wholes), unit="folders", folder=settings.progress_dir) as progress:
        for path in wholes:
            store.get(path, aside / "record.json")
            is_batch = path.endswith(MANIFEST)
            parts: Mapping[str, str | None] = (
                _parts_of_batch(BatchManifest.load(aside / "record.json"))
                if is_batch
                else Release.load(aside / "record.json").files_sha256
            )
            for name, sha256 in parts.items():
                part = f"{path.rsplit('/', 1)[0]}/{name}"
                objects += 1
                if store.size(part) is None:
                    problems.append(f"{part}: missing")
                elif sha256 is not None and store.sha256(part) != sha256:
                    problems.append(f"{part}: not what its manifest says")
            progress.add(1)
    remove_tree(aside)
    pointed_at = _pointed_at(store)
    if pointed_at is not None and f"releases/{pointed_at}/{RECORD}" not in wholes:
        problems.append(f"{POINTER}: names release {pointed_at}, which is not there")
    if problems:
        raise StoreError(
            "the object store is not what its manifests say:\n    " + "\n    ".join(problems),
            where=store.url,
            fix="move the folder of each away in the store, and push from a machine that has it",
        )
    return f"{len(wholes)} batches and releases, {objects} objects: all as their manifests say"


def _pull_release(settings: Settings, store: Store) -> str | None:
    release_id = _pointed_at(store)
    link = settings.releases_dir / "current"
    with only_one(settings.locks_dir / "release.lock", "a change of releases"):
        here = link.resolve().name if link.is_symlink() else None
        if release_id is None or here == release_id:
            return here
        if here is not None and store.size(f"releases/{here}/{RECORD}") is None:
            log.warning("the current release %s is not in the store yet, and stays: push it", here)
            return here
        path = Path("releases") / release_id
        if not (settings.home / path / RECORD).exists():
            aside = _aside(settings, path)
            store.get(f"{path}/{RECORD}", aside / RECORD)
            _fetch(store, path, aside, Release.load(aside / RECORD).files_sha256)
            publish_dir(aside, settings.home / path)
        point_link(link, settings.home / path)
    return release_id


def _parts_of_batch(manifest: BatchManifest) -> dict[str, str | None]:
    """Files of a batch beside its manifest, with the checksum that the manifest has for it."""
    return {**{page.file: page.sha256 for page in manifest.pages}, HASHES: None}


def _send(store: Store, settings: Settings, folder: Path, parts: Mapping[str, str | None], last: str) -> None:
    """Every part, each checked before, and the file that makes them a whole at the end."""
    path = _path(settings, folder)
    whole = store.size(f"{path}/{last}") is not None
    if not whole:
        for name, sha256 in parts.items():
            _require(folder / name, sha256)
            store.put(folder / name, f"{path}/{name}")
    # when it is there already: the same, or an error
    store.put(folder / last, f"{path}/{last}")


def _fetch(store: Store, path: Path, aside: Path, parts: Mapping[str, str | None]) -> None:
    for name, sha256 in parts.items():
        if not (aside / name).resolve().is_relative_to(aside.resolve()):
            raise ContractError(
                "a manifest in the object store names a file outside of its folder",
                where=f"{store.url}/{path}",
                fix="entangled did not write it; move it away",
            )
        store.get(f"{path}/{name}", aside / name)
        _require(aside / name, sha256)


def _require(file: Path, sha256: str | None) -> None:
    if not file.is_file() or (sha256 is not None and sha256_file(file) != sha256):
        raise ContractError(
            "a file is not what its manifest says",
            where=str(file),
            fix="`python -m include.raw_zone verify` here, `python -m include.store verify` there; then run again",
        )


def _pointed_at(store: Store) -> str | None:
    content = store.read(POINTER)
    if content is None:
        return None
    try:
        release_id = json.loads(content)["release_id"]
    except (ValueError, TypeError, KeyError):
        release_id = None
    if not isinstance(release_id, str) or "/" in release_id or release_id.startswith("."):
        raise StoreError(
            "the pointer to the current release cannot be read",
            where=f"{store.url}/{POINTER}",
            fix="entangled did not write it; move it away and push again",
        )
    return release_id


def _path(settings: Settings, file: Path) -> str:
    return file.relative_to(settings.home).as_posix()


def _aside(settings: Settings, path: Path) -> Path:
    """An empty place for what is not whole yet; what a killed pull left there goes."""
    aside = settings.home / "store" / path
    remove_tree(aside)
    return aside
