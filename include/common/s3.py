"""How s3:// is reached with the settings, for whoever reads or writes it through fsspec."""

from __future__ import annotations

from typing import Any

from include.settings import Settings

_CONNECT_SECONDS = 5


def s3_options(settings: Settings) -> dict[str, Any]:
    """Options of s3fs. Without keys in the settings, those of the machine's role are used."""
    options: dict[str, Any] = {
        "config_kwargs": {"connect_timeout": _CONNECT_SECONDS, "retries": {"max_attempts": 3}},
        "client_kwargs": {"region_name": settings.aws_region},
        "skip_instance_cache": True,
    }
    if settings.aws_endpoint_url:
        options["endpoint_url"] = settings.aws_endpoint_url
    if settings.aws_access_key_id and settings.aws_secret_access_key:
        options["key"] = settings.aws_access_key_id.get_secret_value()
        options["secret"] = settings.aws_secret_access_key.get_secret_value()
    return options
