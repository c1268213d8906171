"""The tombstone: a record that the source deleted, merged into another, or moved out of the scope, with the evidence.

Records of the raw entity `tombstones` (`raw/tombstones/batch=<ulid>/`, one a line). A tombstone holds for every version
of its record in older batches; a version in a younger batch brings the record back. What a merged funder or institution
was named for counts for the record that it was merged into; a merged work only goes, because the other is a work too.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, JsonValue, model_validator

from include.contracts.batch import Entity

# deleted: the source does not know the id; merged: it answers with another id; out_of_scope: it is there, and the
# scope's filter does not find it any more
Reason = Literal["deleted", "merged", "out_of_scope"]


class Tombstone(BaseModel):
    """One record that is gone. `id` is short (`W123`); `evidence` is what was asked and what came back."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    entity: Entity
    id: str
    reason: Reason
    merged_into_id: str | None = None
    evidence: dict[str, JsonValue]
    seen_at: datetime

    @model_validator(mode="after")
    def _merged_has_a_survivor(self) -> Self:
        if (self.reason == "merged") != (self.merged_into_id is not None) or self.merged_into_id == self.id:
            raise ValueError("a merged record names the other record that it was merged into, and no other record does")
        return self
