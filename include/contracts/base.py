"""The common part of every hand-over file: load and save with clear errors."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from include.common.errors import ContractError, MissingFileError
from include.common.files import write_atomic


class HandOver(BaseModel):
    """A JSON file between two stages."""

    model_config = ConfigDict(extra="forbid", frozen=True, ser_json_timedelta="float")
    what_it_is: ClassVar[str] = "hand-over file"
    when_torn: ClassVar[str] = (
        "it is torn or of another version; move its folder away and run the stage before this one again"
    )
    # name that a field had in files of earlier versions -> its name now
    former_names: ClassVar[dict[str, str]] = {"scope_version": "fetch_version"}

    @model_validator(mode="before")
    @classmethod
    def _by_the_names_of_today(cls, told: Any) -> Any:
        if not isinstance(told, dict):
            return told
        now = {former: name for former, name in cls.former_names.items() if name in cls.model_fields}
        return {name if (name := now.get(key)) and name not in told else key: value for key, value in told.items()}

    def save(self, path: Path) -> None:
        """Write atomically, keys in the order of the model, with a final newline."""
        write_atomic(path, self.model_dump_json(indent=2) + "\n")

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read it.

        Raises:
            MissingFileError: there is no such file.
            ContractError: torn, foreign or of another version.
        """
        try:
            return cls.model_validate_json(path.read_bytes())
        except FileNotFoundError:
            raise MissingFileError(
                f"the {cls.what_it_is} is missing", where=str(path), fix="run the stage before this one"
            ) from None
        except OSError as error:
            raise ContractError(
                f"the {cls.what_it_is} cannot be read: {error.strerror}",
                where=str(path),
                fix="make it a file that this user may read",
            ) from None
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(str(part) for part in first["loc"]) or "the file"
            raise ContractError(
                f"the {cls.what_it_is} cannot be read: {place}: {first['msg']}",
                where=str(path),
                fix=cls.when_torn,
            ) from None


class SealedHandOver(HandOver):
    """A file that ends with the digest of its own content (`own_sha256`), so that an edit is found when it is loaded.

    This is no signature: whoever may write the file may write another digest too. Files of before 2026-11-29 have none;
    they also lack the field that `sealed_with` names.
    """

    sealed_with: ClassVar[str]

    def save(self, path: Path) -> None:
        """Write atomically, keys in the order of the model, the digest last, with a final newline."""
        content = json.loads(self.model_dump_json())
        content[_SEAL] = _digest(content)
        write_atomic(path, json.dumps(content, indent=2, ensure_ascii=False) + "\n")

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read it.

        Raises:
            MissingFileError: there is no such file.
            ContractError: torn, foreign, of another version, or edited after it was written.
        """
        cls._require_unedited(path)
        return super().load(path)

    @classmethod
    def _require_unedited(cls, path: Path) -> None:
        try:
            told = json.loads(path.read_bytes())
        except (OSError, ValueError, RecursionError):
            # the base class says what is wrong
            return
        if not isinstance(told, dict):
            return
        seal = told.pop(_SEAL, None)
        if seal is None and not told.get(cls.sealed_with):
            return
        if seal != _digest(told):
            raise ContractError(
                f"the {cls.what_it_is} was changed after it was written: its digest does not fit its content",
                where=str(path),
                fix="put back the file as it was, or run the stage that writes it again",
            )

    @model_validator(mode="before")
    @classmethod
    def _without_seal(cls, told: Any) -> Any:
        return {key: value for key, value in told.items() if key != _SEAL} if isinstance(told, dict) else told


_SEAL = "own_sha256"


def _digest(content: dict[str, Any]) -> str:
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
