"""Proxies of the environment: loopback never goes through one, and what is told of one holds no password."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from requests.utils import get_environ_proxies, select_proxy

from include.common.errors import SettingsError

LOOPBACK = ("localhost", "127.0.0.1", "::1")
_EXEMPT = ("no_proxy", "NO_PROXY")
_VARIABLES = ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")
# requests and httpx (Airflow's tasks) speak no other without a package more
_SPOKEN = ("http", "https")


@dataclass(frozen=True)
class Proxy:
    """A proxy that a request would go through."""

    url: str

    @property
    def shown(self) -> str:
        """Its address, without a user and a password."""
        scheme, _, rest = _with_scheme(self.url).partition("://")
        return f"{scheme}://{rest.rpartition('@')[2]}"

    @property
    def is_usable(self) -> bool:
        """Whether our clients speak to it."""
        return _is_usable(self.url)


def proxy_for(url: str) -> Proxy | None:
    """The proxy that a request to `url` goes through; None when it goes straight."""
    found = select_proxy(url, get_environ_proxies(url, no_proxy=None))
    return Proxy(found) if found else None


def require_usable_proxy(url: str) -> None:
    """Refuse a proxy on the way to `url` that no client of ours speaks to.

    Raises:
        SettingsError: it is a SOCKS proxy, say. Nothing was asked.
    """
    proxy = proxy_for(url)
    if proxy is not None and not proxy.is_usable:
        raise SettingsError(
            f"the proxy {proxy.shown} cannot be used: it must be http://host:port or https://host:port",
            where="HTTPS_PROXY, HTTP_PROXY or ALL_PROXY in the environment",
            fix=f"name an HTTP proxy, or take {urlsplit(url).hostname} out of it: NO_PROXY={urlsplit(url).hostname}",
        )


def exemptions(environment: Mapping[str, str], *hosts: str) -> dict[str, str]:
    """NO_PROXY, in both spellings, with what it holds in `environment`, loopback, and `hosts`."""
    held = [host.strip() for name in _EXEMPT for host in environment.get(name, "").split(",")]
    wanted = ",".join(dict.fromkeys(filter(None, [*held, *LOOPBACK, *hosts])))
    return dict.fromkeys(_EXEMPT, wanted)


def without_unusable(environment: Mapping[str, str]) -> dict[str, str]:
    """`environment` without proxies that no client of ours speaks to: httpx fails on one that it never needs."""
    return {
        name: value for name, value in environment.items() if name not in _VARIABLES or not value or _is_usable(value)
    }


def _is_usable(url: str) -> bool:
    try:
        parts = urlsplit(_with_scheme(url))
        # reading the port is what finds that it is none
        return parts.scheme.lower() in _SPOKEN and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _with_scheme(url: str) -> str:
    return url if "://" in url else f"http://{url}"
