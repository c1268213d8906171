"""Superset on the current release: its files from dbt's metadata, its environment, its start, and a look at it.

`spec.py` reads bi/superset/pack.yaml, `tables.py` what dbt says of the tables, `forms.py` how each chart is drawn,
`layout.py` where it stands, `pack.py` writes Superset's files of these. `environment.py` installs Superset,
`serving.py` starts and stops it and makes it what the files say, `checking.py` looks at it through a browser.
"""
