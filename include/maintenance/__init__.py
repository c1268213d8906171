"""Housekeeping of a home: what is old and unused goes, and a release that is too old is said to be."""

from include.maintenance.housekeeping import StaleReleaseError, check_freshness, clean_up

__all__ = ["StaleReleaseError", "check_freshness", "clean_up"]
