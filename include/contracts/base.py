"""The common part of every hand-over file: load and save with clear errors."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from include.common.errors import ContractError
from include.common.files import write_atomic


class HandOver(BaseModel):
    """A JSON file between two stages."""

    model_config = ConfigDict(extra="forbid", frozen=True, ser_json_timedelta="float")
    what_it_is: ClassVar[str] = "hand-over file"
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
            ContractError: missing, torn, foreign or of another version.
        """
        try:
            return cls.model_validate_json(path.read_bytes())
        except FileNotFoundError:
            raise ContractError(
                f"the {cls.what_it_is} is missing", where=str(path), fix="run the stage before this one"
            ) from None
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(str(part) for part in first["loc"]) or "the file"
            raise ContractError(
                f"the {cls.what_it_is} cannot be read: {place}: {first['msg']}",
                where=str(path),
                fix="it is torn or of another version; move its folder away and run the stage before this one again",
            ) from None
