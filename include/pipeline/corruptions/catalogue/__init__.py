"""The catalogue of corruptions, by place. A new one is a row."""

from __future__ import annotations

from include.pipeline.corruptions.catalogue.bi_layer import BI_LAYER
from include.pipeline.corruptions.catalogue.candidate import CANDIDATE
from include.pipeline.corruptions.catalogue.lists import LISTS
from include.pipeline.corruptions.catalogue.raw import RAW
from include.pipeline.corruptions.catalogue.source import SOURCE
from include.pipeline.corruptions.catalogue.typed import TYPED
from include.pipeline.corruptions.catalogue.warehouse import WAREHOUSE
from include.pipeline.corruptions.row import Corruption

CATALOGUE: tuple[Corruption, ...] = (*SOURCE, *LISTS, *RAW, *TYPED, *WAREHOUSE, *CANDIDATE, *BI_LAYER)
