"""What goes to the store and comes from it, and in which order.

    raw/<entity>/batch=<ulid>/    pages and hashes first, `_manifest.json` last: no manifest, no batch
    releases/<id>/                everything else first, `release.json` last: no record, no release
    releases/current.json         one small object that names the current release, and the hold of a rollback; written
                                  after that release is whole

An object is written once and never changed, but for the pointer; names hold a ULID or a moment, so machines that push
at the same time do not meet.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from include.common.errors import ContractError
from include.common.files import only_one, point_link, publish_dir, remove_tree, sha256_file
from include.common.progress import Progress
from include.contracts.batch import BatchManifest
from include.contracts.hold import Hold, hold_file, hold_in, lift_hold
from include.contracts.release import RECORD, Release
from include.settings import Settings
from include.store.remote import Store, StoreError

log = logging.getLogger("entangled")

MANIFEST = "_manifest.json"
HASHES = "_hashes.parquet"
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
            pointer = _Pointer(release_id, _hold_of(settings, release_id))
            if _pointed_at(store) != pointer:
                store.point(POINTER, pointer.content)
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
    if pointed_at is not None and f"releases/{pointed_at.release_id}/{RECORD}" not in wholes:
        problems.append(f"{POINTER}: names release {pointed_at.release_id}, which is not there")
    if problems:
        raise StoreError(
            "the object store is not what its manifests say:\n    " + "\n    ".join(problems),
            where=store.url,
            fix="move the folder of each away in the store, and push from a machine that has it",
        )
    return f"{len(wholes)} batches and releases, {objects} objects: all as their manifests say"


@dataclass(frozen=True)
class _Pointer:
    """What `releases/current.json` says: the current release, and whether a rollback holds it there."""

    release_id: str
    hold: Hold | None = None

    @property
    def content(self) -> bytes:
        told: dict[str, Any] = {"release_id": self.release_id}
        if self.hold is not None:
            told["hold"] = self.hold.model_dump(mode="json")
        return json.dumps(told).encode() + b"\n"


def _hold_of(settings: Settings, release_id: str) -> Hold | None:
    """The hold as the store tells it to other machines."""
    hold = hold_in(settings.releases_dir)
    # one that is of another release was killed before its switch, and is finished by the next rollback or publish
    return None if hold is None or hold.release_id != release_id else hold.model_copy(update={"came_from": "store"})


def _pull_release(settings: Settings, store: Store) -> str | None:
    pointer = _pointed_at(store)
    link = settings.releases_dir / "current"
    with only_one(settings.locks_dir / "release.lock", "a change of releases"):
        here = link.resolve().name if link.is_symlink() else None
        if pointer is None:
            return here
        hold = hold_in(settings.releases_dir)
        if hold is not None and hold.came_from == "here":
            log.warning("%s: a pull leaves it there; `make rollforward` lifts that, and a push tells the store", hold)
            return here
        if here not in (None, pointer.release_id) and store.size(f"releases/{here}/{RECORD}") is None:
            log.warning("the current release %s is not in the store yet, and stays: push it", here)
            return here
        path = Path("releases") / pointer.release_id
        if not (settings.home / path / RECORD).exists():
            aside = _aside(settings, path)
            store.get(f"{path}/{RECORD}", aside / RECORD)
            _fetch(store, path, aside, Release.load(aside / RECORD).files_sha256)
            publish_dir(aside, settings.home / path)
        # as in a rollback: the hold first, and it goes before readers move on
        if pointer.hold is not None and pointer.hold != hold:
            pointer.hold.save(hold_file(settings.releases_dir))
        elif pointer.hold is None and hold is not None:
            lift_hold(settings.releases_dir)
        if here != pointer.release_id:
            point_link(link, settings.home / path)
    return pointer.release_id


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


def _pointed_at(store: Store) -> _Pointer | None:
    content = store.read(POINTER)
    if content is None:
        return None
    try:
        told = json.loads(content)
        release_id = told["release_id"]
        hold = Hold.model_validate(told["hold"]) if told.get("hold") is not None else None
    except (ValueError, TypeError, KeyError, AttributeError):
        release_id = hold = None
    if not isinstance(release_id, str) or "/" in release_id or release_id.startswith("."):
        raise StoreError(
            "the pointer to the current release cannot be read",
            where=f"{store.url}/{POINTER}",
            fix="entangled did not write it; move it away and push again",
        )
    return _Pointer(release_id, hold)


def _path(settings: Settings, file: Path) -> str:
    return file.relative_to(settings.home).as_posix()


def _aside(settings: Settings, path: Path) -> Path:
    """An empty place for what is not whole yet; what a killed pull left there goes."""
    aside = settings.home / "store" / path
    remove_tree(aside)
    return aside
