"""`make chaos`: does it stand alone at night? Whole runs under a whole Airflow, disturbed, and mended by one command.

`plans.py` draws what happens to each run and when, from a seed. `night.py` is one home whose Airflow runs, and what a
person does there: `make up`, starting the flows. `victims.py`, `disk.py` and `clock.py` are what disturbs. `runs.py`
disturbs a run, mends it, and holds its release against that of a run that nobody disturbed; `remains.py` says what has
stayed behind. `check.py` is the whole proof, and its table.
"""
