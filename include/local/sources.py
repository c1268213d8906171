"""What the local Airflow reads from: a generated corpus, recorded works, or the real API; and one home for all of them.

A warehouse holds one source, so that invented and real figures never mix. Changing the source parks what belongs to
the earlier one under `<home>/parked/<source>/` (renames, no copies) and takes back what was parked of the new one.
Releases stay where they are: `releases/current` is always the latest, whichever source it is of.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from include.common.errors import ContractError, EntangledError, SettingsError
from include.common.files import ensure_dir, storage_errors
from include.common.proxies import require_usable_proxy
from include.contracts.home import COMMAND_LINE, HomeSource, source_file
from include.settings import Settings

# what one source fills; the rest of a home (releases, airflow, corpora, locks) is common
ZONES = ("raw", "typed", "affiliations", "warehouse", "build", "scope.json")

# the sandbox is another process on the same machine: nobody else shares its rate
SANDBOX_REQUESTS_PER_SECOND = "100"


@dataclass(frozen=True)
class Source:
    """One source. `key` names its data in the home; `corpus` is what the sandbox serves (None: the real API), made of
    the file or folder `recording` where that is given.
    """

    key: str
    title: str
    scope: str
    corpus: Path | None = None
    seed: int | None = None
    scale: float | None = None
    recording: Path | None = None

    def environment(self, settings: Settings) -> dict[str, str]:
        """Settings that a run against this source adds to the environment of every child process."""
        shared = {"ENTANGLED_HOME": str(settings.home), "ENTANGLED_SCOPE": self.scope}
        if self.corpus is None:
            return shared
        changes = {
            **shared,
            "OPENALEX_BASE_URL": f"http://{settings.bind}:{settings.sandbox_port}",
            "OPENALEX_API_KEY": "sandbox",
            "OPENALEX_REQUESTS_PER_SECOND": SANDBOX_REQUESTS_PER_SECOND,
        }
        if self.overlay is not None:
            changes["ENTANGLED_EXTRA_LISTS"] = str(self.overlay)
        return changes

    @property
    def overlay(self) -> Path | None:
        """The lists of a generated corpus."""
        return self.corpus / "overlay" if self.corpus is not None and self.seed is not None else None

    def settings(self, settings: Settings) -> Settings:
        """The settings of those processes, as far as they decide what a build is made with."""
        return settings.model_copy(update={"extra_lists": self.overlay}) if self.overlay else settings


def generated_source(settings: Settings, seed: int, scale: float) -> Source:
    """The generated corpus of `seed` and `scale` (1: as large as the study)."""
    from include.sandbox.generator import GENERATOR_VERSION

    if scale <= 0:
        raise SettingsError(
            f"SCALE must be above 0, not {scale:g}", where="SCALE", fix="for example: make demo SCALE=0.1"
        )
    # another generator is another source: half of its works beside half of the old ones would be no corpus at all
    key = f"generated-v{GENERATOR_VERSION}-seed-{seed}-scale-{scale:g}"
    return Source(
        key=key,
        title=f"a generated corpus (seed {seed}, scale {scale:g}): invented, SYNTHETIC",
        scope="demo",
        corpus=settings.sandbox_dir / key,
        seed=seed,
        scale=scale,
    )


def recorded_source(settings: Settings, recording: Path) -> Source:
    """Recorded works: a file of them in any form, or a folder of such files (or a corpus that was made before).

    What it holds is part of its name: works that left a file would stay in the home, and the source be none that is.
    """
    from include.sandbox.recorded import corpus_key

    recording = recording.expanduser().resolve()
    if not recording.exists():
        raise SettingsError(
            "there is no such corpus",
            where=str(recording),
            fix="CORPUS names a file of works (JSON lines, JSON or Parquet, packed or not), or a folder of such files",
        )
    title = f"recorded works of {recording}"
    if (recording / "corpus.json").exists():
        short = hashlib.sha256(str(recording).encode("utf-8", "surrogateescape")).hexdigest()[:8]
        return Source(key=f"corpus-{recording.name}-{short}", title=title, scope="recorded", corpus=recording)
    key = corpus_key(recording)
    return Source(key=key, title=title, scope="recorded", corpus=settings.sandbox_dir / key, recording=recording)


def real_source(settings: Settings) -> Source:
    """The real API with the settings' scope.

    Raises:
        SettingsError: there is no key, or the proxy on the way cannot be used. Nothing was started.
    """
    if settings.api_key is None:
        raise SettingsError(
            "OPENALEX_API_KEY is not set, and a run against the real API needs one",
            fix="get a free key at openalex.org and put OPENALEX_API_KEY=<key> into .env; without one: make demo",
        )
    require_usable_proxy(settings.api_url)
    return Source(
        key=f"openalex-{Path(settings.scope).stem}", title=f"OpenAlex at {settings.api_url}", scope=settings.scope
    )


def current_key(settings: Settings) -> str | None:
    """The source whose data the home holds now; None in a home that a local run has not used yet."""
    file = source_file(settings.home)
    if not file.exists():
        return None
    try:
        return HomeSource.load(file).source
    except ContractError as error:
        raise EntangledError(
            error.what, where=str(file), fix='write {"source": "<name>"} into it, or move the home away'
        ) from None


def use_source(settings: Settings, wanted: str) -> str | None:
    """Make the home hold `wanted`; returns the source that was parked for it, if any.

    Every step is a rename, and the note is written between parking and taking back, so that a switch that was
    interrupted is completed, whichever source is asked for next.
    """
    found = current_key(settings)
    if found is None:
        found = _unnamed(settings)
    parked = None
    if found is not None and found != wanted:
        _move_zones(settings.home, _parked(settings, found))
        parked = found
    HomeSource(source=wanted).save(source_file(settings.home))
    _move_zones(_parked(settings, wanted), settings.home)
    return parked


def _unnamed(settings: Settings) -> str | None:
    # batches without a note come from `python -m include.pipeline run` in this home
    return COMMAND_LINE if settings.raw_zone.exists() else None


def _parked(settings: Settings, key: str) -> Path:
    return settings.home / "parked" / key


def _move_zones(origin: Path, target: Path) -> None:
    for zone in ZONES:
        here, there = origin / zone, target / zone
        if not here.exists():
            continue
        if there.exists():
            raise EntangledError(
                f"both {here} and {there} exist; they belong to one source and nothing here may mix them",
                where=str(there),
                fix="move one of the two away and run the same command again",
            )
        with storage_errors(target):
            ensure_dir(target)
            here.rename(there)
