# entangled and Airflow in one image, from the lock. Used by docker-compose.yaml for every Airflow service and the sandbox.
FROM python:3.12.11-slim-bookworm

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    PYTHONPATH=/opt/entangled ENTANGLED_HOME=/data AIRFLOW_HOME=/data/airflow \
    AIRFLOW__CORE__DAGS_FOLDER=/opt/entangled/dags

RUN useradd --uid 50000 --create-home entangled \
    && mkdir -p /opt/entangled /data/airflow \
    && chown -R entangled /data

WORKDIR /opt/entangled

# packages first: they change less often than the code
COPY requirements-bootstrap.txt requirements.txt ./
RUN pip install --no-cache-dir --require-hashes -r requirements-bootstrap.txt \
    && uv pip install --system --no-cache --compile-bytecode --require-hashes -r requirements.txt

COPY config config
COPY dags dags
COPY dbt_project dbt_project
COPY include include
COPY plugins plugins

# proves that the dbt project parses and leaves its manifest for a new volume; `init` renews it for an old one
RUN python -m include.warehouse manifest && chown -R entangled /data

USER entangled
VOLUME /data
CMD ["airflow", "version"]
