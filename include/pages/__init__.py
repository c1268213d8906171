"""Report, quality checks, dbt's documentation and health for a host at which people are logged in.

`make_app` gives an ASGI app without a log-in of its own: the host says who may read, and which release a run has made.
Airflow is that host (plugins/entangled_pages.py).
"""

from include.pages.app import PAGES, make_app

__all__ = ["PAGES", "make_app"]
