"""Airflow and the sandbox as plain processes on this machine: what `make demo`, `run`, `up` and `down` do.

The driver starts everything, triggers the DAGs, follows them, says what came out and stops what it started. No stage
depends on it; a composed deployment (docker-compose.yaml) does not use it.
"""
