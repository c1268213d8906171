"""Housekeeping of a home: what is old and unused goes."""

from include.maintenance.housekeeping import clean_up

__all__ = ["clean_up"]
