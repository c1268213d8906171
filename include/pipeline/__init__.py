"""The whole way of the data without Airflow, and the proof that its marts equal the truth.

The same steps as the DAGs, in the same order. Airflow adds schedule, retries, visibility and alerts; nothing else.
"""
