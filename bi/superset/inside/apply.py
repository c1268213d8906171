"""Make Superset what the files say: its own tables, roles, log-ins, and the pack with nothing beside it.

Runs in Superset's environment: `python bi/superset/inside/apply.py <request.json>`. The request names the pack, the
names that stand for [[...]] in it, whether Postgres serves the release, and the log-ins. What the pack made once and
does not name any more is removed (Superset itself leaves it: superset#31957). What people made themselves stays. Prints
one line of JSON: what is there now.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from superset.app import create_app

READER = "Reader"
# of Gamma's rights, those to look: no writing, no SQL Lab, no exports of what is not on the screen
_READER_MAY = {
    "AdvancedDataType": ("can_read",),
    "Api": ("can_query", "can_query_form_data", "can_time_range"),
    "AvailableDomains": ("can_read",),
    "Chart": ("can_read",),
    "Charts": ("menu_access",),
    "CssTemplate": ("can_read",),
    "CurrentUserRestApi": ("can_read",),
    "Dashboard": ("can_read", "can_drill", "can_view_chart_as_table"),
    "Dashboards": ("menu_access",),
    # the state of filters and of a chart in its address, without which nothing can be filtered
    "DashboardFilterStateRestApi": ("can_read", "can_write"),
    "DashboardPermalinkRestApi": ("can_read", "can_write"),
    "Dataset": ("can_read", "can_get_drill_info"),
    "Datasource": ("can_get",),
    "Explore": ("can_read",),
    "ExploreFormDataRestApi": ("can_read", "can_write"),
    "ExplorePermalinkRestApi": ("can_read",),
    "Home": ("menu_access",),
    "Log": ("can_recent_activity",),
    "MenuApi": ("can_get",),
    "SecurityRestApi": ("can_read",),
    "Superset": (
        "can_csv",
        "can_dashboard",
        "can_dashboard_permalink",
        "can_explore",
        "can_explore_json",
        "can_fetch_datasource_metadata",
        "can_language_pack",
        "can_log",
        "can_share_chart",
        "can_share_dashboard",
        "can_slice",
    ),
    "Theme": ("can_read",),
    "security": ("can_read",),
}

# "Drill to detail", the rows behind a bar. Gamma has it not; Superset asks for the right to the dataset as well
_BEYOND_GAMMA = ("can_samples", "Datasource")


def main() -> None:
    """Do what the request says and print what is there."""
    request = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    app = create_app()
    with app.app_context():
        if request["migrate"]:
            _migrate(app)
        _log_ins(request["log_ins"])
        from flask import g
        from superset.extensions import security_manager

        g.user = security_manager.find_user("admin")
        contents = _contents(Path(request["pack"]), request["words"])
        if request["is_served"]:
            contents = _of_postgres(contents)
        _import(contents)
        removed = _prune(contents)
        _grant_reader()
        print(json.dumps({**_there(), "removed": removed}))


def _migrate(app: Any) -> None:
    import superset
    from flask_migrate import upgrade
    from superset.extensions import appbuilder

    upgrade(directory=str(Path(superset.__file__).parent / "migrations"))
    appbuilder.add_permissions(update_perms=True)
    appbuilder.sm.sync_role_definitions()


def _log_ins(log_ins: dict[str, str]) -> None:
    """One administrator and one reader, with the generated passwords; nobody else is let in."""
    from superset.extensions import db, security_manager

    reader = security_manager.add_role(READER) or security_manager.find_role(READER)
    for name, role in (("admin", security_manager.find_role("Admin")), ("reader", reader)):
        user = security_manager.find_user(name)
        if user is None:
            user = security_manager.add_user(
                name, name, "entangled", f"{name}@localhost.invalid", role, password=log_ins[name]
            )
        user.roles = [role]
        security_manager.reset_password(user.id, log_ins[name])
    db.session.commit()


def _contents(pack: Path, words: dict[str, str]) -> dict[str, str]:
    """The files of the pack by their names, with names of this release for [[...]]."""
    contents = {}
    for file in sorted(pack.rglob("*.yaml")):
        text = file.read_text(encoding="utf-8")
        for token, value in words.items():
            # the value lands within quoted YAML and within JSON within YAML: neither takes quotes or backslashes
            text = text.replace(f"[[{token}]]", value.replace("\\", " ").replace('"', "'"))
        contents[str(file.relative_to(pack))] = text
    return contents


def _of_postgres(contents: dict[str, str]) -> dict[str, str]:
    """The same on Postgres: another database, in whose schema `marts` the tables have the same names."""
    import yaml
    from superset_config import SERVED

    changes = {
        # superset_config.py opens it with the log-in, which stands nowhere else
        "databases": {"sqlalchemy_uri": f"postgresql+psycopg2://{SERVED}/marts"},
        "datasets": {"schema": "marts"},
    }
    return {
        path: yaml.safe_dump({**yaml.safe_load(text), **changes[path.split("/")[0]]}, allow_unicode=True)
        if path.split("/")[0] in changes
        else text
        for path, text in contents.items()
    }


def _import(contents: dict[str, str]) -> None:
    from superset.commands.importers.v1.assets import ImportAssetsCommand

    ImportAssetsCommand(contents).run()


def _prune(contents: dict[str, str]) -> int:
    """Remove what an earlier pack made and this one does not name; returns how many."""
    import yaml
    from superset.connectors.sqla.models import SqlaTable
    from superset.extensions import db
    from superset.models.dashboard import Dashboard
    from superset.models.slice import Slice

    named = {str(yaml.safe_load(text).get("uuid")) for text in contents.values()}
    removed = 0
    for model in (Dashboard, Slice, SqlaTable):
        for one in db.session.query(model).filter_by(is_managed_externally=True):
            if str(one.uuid) not in named:
                db.session.delete(one)
                removed += 1
        db.session.flush()
    db.session.commit()
    return removed


def _grant_reader() -> None:
    """Gamma's rights to look, the rows behind a chart, and the datasets of the pack; no rights to write, no SQL Lab."""
    from superset.connectors.sqla.models import SqlaTable
    from superset.extensions import db, security_manager

    role = security_manager.find_role(READER)
    gamma = security_manager.find_role("Gamma")
    rights = [one for one in gamma.permissions if one.permission.name in _READER_MAY.get(one.view_menu.name, ())]
    rights.append(security_manager.add_permission_view_menu(*_BEYOND_GAMMA))
    for dataset in db.session.query(SqlaTable).filter_by(is_managed_externally=True):
        rights.append(security_manager.add_permission_view_menu("datasource_access", dataset.perm))
    role.permissions = rights
    db.session.commit()


def _there() -> dict[str, Any]:
    from superset.connectors.sqla.models import SqlaTable
    from superset.extensions import db
    from superset.models.dashboard import Dashboard
    from superset.models.slice import Slice

    dashboards = db.session.query(Dashboard).filter_by(is_managed_externally=True).order_by(Dashboard.dashboard_title)
    return {
        "dashboards": {
            one.slug: {"title": one.dashboard_title, "charts": {str(s.id): s.slice_name for s in one.slices}}
            for one in dashboards
        },
        "charts": db.session.query(Slice).filter_by(is_managed_externally=True).count(),
        "datasets": db.session.query(SqlaTable).filter_by(is_managed_externally=True).count(),
    }


if __name__ == "__main__":
    main()
