"""A corpus from a seed: clean tables -> documents, index tables, overlay lists and truth; made once, then reused.

A corpus depends on nothing but its seed, scale and evolutions, and on the version of this generator: the same gives the
same bytes. It appears whole, by one rename. Dirt is added where clean tables become JSON (documents.py); the truth is
computed from the clean tables and never sees it.

Any scale is a matter of time and disk: the tables lie in a file, and documents are written some thousands at a time.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Sequence
from pathlib import Path

import duckdb

from include.common.duck import disk_errors
from include.common.errors import EntangledError, StorageError
from include.common.files import (
    ensure_database_dir,
    ensure_dir,
    publish_dir,
    remove_database_dir,
    storage_errors,
)
from include.sandbox import authors, documents, money, tables, truth
from include.sandbox.corpus import CorpusInfo, Evolution, load_info
from include.sandbox.names import invent, write_overlay
from include.sandbox.subject import load_topics
from include.settings import Settings

log = logging.getLogger("entangled")

# disk that a corpus of scale 1 takes while it is made; 3,453 MB were measured at scale 10, of which 3,026 stay
MAKING_BYTES = 360 * 1024**2

# a corpus of an older generator is generated anew, not reused
GENERATOR_VERSION = 11


def generate(
    settings: Settings, out: Path, *, seed: int, scale: float, evolutions: Sequence[Evolution] = ()
) -> tuple[CorpusInfo, bool]:
    """Generate a corpus into `out`, or reuse what is there; returns what it is and whether it was made now.

    Raises:
        EntangledError: `out` holds something else, or the scale is not above 0. StorageError: the disk is too small.
    """
    if scale <= 0:
        raise EntangledError(
            f"the scale must be above 0, not {scale:g}", where="--scale", fix="for example --scale 0.1"
        )
    wanted = CorpusInfo(
        generator_version=GENERATOR_VERSION,
        origin="synthetic",
        name=_name(seed, scale, evolutions),
        seed=seed,
        scale=scale,
        evolutions=tuple(evolutions),
        counts={},
        fields={},
    )
    found = _found(out)
    if found is not None and found.model_copy(update={"counts": {}, "fields": {}}) == wanted:
        return found, False
    aside = out.with_name(f".{out.name}.making")
    with storage_errors(out):
        shutil.rmtree(aside, ignore_errors=True)
        ensure_dir(aside)
        _check_room(aside, scale)
        try:
            info = _make(settings, aside, wanted)
            publish_dir(aside, out, replace=True)
        finally:
            shutil.rmtree(aside, ignore_errors=True)
    return info, True


def evolve(settings: Settings, corpus: Path, out: Path, evolution: Evolution) -> tuple[CorpusInfo, bool]:
    """A later state of a generated corpus: works that changed, a few that are new, many with citations only, and those
    that vanished or were retracted.

    Raises:
        CorpusError: `corpus` is none. EntangledError: it was not generated, or a share is too small or too large.
    """
    info = load_info(corpus)
    if info.origin != "synthetic":
        raise EntangledError(
            "only a generated corpus can evolve",
            where=str(corpus),
            fix="generate one: python -m include.sandbox generate",
        )
    if not 0 < evolution.share <= 0.5:
        raise EntangledError(
            f"the share must be above 0 and at most 0.5, not {evolution.share:g}",
            where="--share",
            fix="for example --share 0.01",
        )
    for option, value in (("--vanished", evolution.vanished), ("--retracted", evolution.retracted)):
        if not 0 <= value <= 0.5:
            raise EntangledError(
                f"the share must be between 0 and 0.5, not {value:g}", where=option, fix=f"for example {option} 0.01"
            )
    steps = (*info.evolutions, evolution)
    return generate(settings, out, seed=info.seed, scale=info.scale, evolutions=steps)


def _name(seed: int, scale: float, evolutions: Sequence[Evolution]) -> str:
    later = f" evolution {len(evolutions)}" if evolutions else ""
    return f"seed {seed} scale {scale:g}{later}"


def _found(out: Path) -> CorpusInfo | None:
    if not out.exists() or not any(out.iterdir()):
        return None
    if not (out / "corpus.json").exists():
        raise EntangledError(
            "the folder holds something that is not a corpus", where=str(out), fix="choose another, or empty it"
        )
    try:
        return load_info(out)
    except EntangledError:
        return None  # a corpus of an older version, or torn: it is made anew


def _check_room(folder: Path, scale: float) -> None:
    needed, free = MAKING_BYTES * scale, shutil.disk_usage(folder).free
    about = f"{needed / 1024**3:.1f} GB of disk"
    log.info(f"generate: scale {scale:g} needs about {about}, {free / 1024**3:.0f} GB are free")
    if free < needed:
        folder.rmdir()
        raise StorageError(
            f"a corpus of scale {scale:g} needs about {about} while it is made, and {free / 1024**3:.1f} GB are free",
            where=str(folder.parent),
            fix="free some space, choose a smaller scale, or set ENTANGLED_HOME to a folder on a larger disk",
        )


def _make(settings: Settings, folder: Path, wanted: CorpusInfo) -> CorpusInfo:
    world, topics = invent(), load_topics(settings.config / "subjects" / "ai-v1.yaml")
    # tables lie on disk, compressed, so that memory holds only what a query works on
    ensure_database_dir(folder / ".tmp")
    with (
        disk_errors(folder),
        duckdb.connect(
            str(folder / ".tmp" / "tables.duckdb"),
            config={
                "threads": str(min(settings.threads, 4)),
                "memory_limit": settings.memory_limit,
                "temp_directory": str(folder / ".tmp"),
                "preserve_insertion_order": "true",
            },
        ) as db,
    ):
        tables.define_chance(db, wanted.seed)
        tables.load_world(db, world, topics)
        tables.make_works(db, wanted.scale)
        for number, evolution in enumerate(wanted.evolutions, start=1):
            tables.evolve_works(db, evolution, number)
            tables.take_works_back(db, evolution, number)
        tables.date_records(db)
        authors.make_authorships(db)
        money.make_funding(db)
        tables.make_sources(db)
        log.info("generate: papers that are not joint, for the shares")
        tables.make_background(db, wanted.scale)
        fields = documents.write(db, folder, progress_folder=settings.progress_dir)
        log.info("generate: the truth of every mart")
        write_overlay(world, folder / "overlay")
        counts = truth.write(settings, db, folder / "truth", scale=wanted.scale)
    remove_database_dir(folder / ".tmp")
    info = wanted.model_copy(update={"counts": counts, "fields": fields})
    info.save(folder / "corpus.json")
    return info
