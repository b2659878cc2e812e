# One image for every service of docker-compose.yml. The same hashed requirements as `make install`, by the same uv.
# PYTHONDONTWRITEBYTECODE is left unset on purpose: without bytecode Airflow starts three times as slowly.
FROM python:3.11-slim-bookworm AS build
WORKDIR /opt/milepost
COPY requirements-build.txt requirements.txt ./
RUN python -m venv /opt/tools \
 && /opt/tools/bin/pip install --no-cache-dir --require-hashes -r requirements-build.txt \
 && python -m venv --without-pip /opt/venv \
 && /opt/tools/bin/uv pip sync --no-cache --python /opt/venv/bin/python --require-hashes \
        --build-constraints requirements-build.txt --compile-bytecode requirements.txt
COPY pyproject.toml ./
COPY plugins ./plugins
RUN /opt/tools/bin/uv pip install --no-cache --python /opt/venv/bin/python --no-deps --no-build-isolation --editable . \
 && python -m compileall -q plugins

FROM python:3.11-slim-bookworm
RUN useradd --system --user-group --uid 10001 --home-dir /var/lib/milepost milepost \
 && install -d -o milepost -g milepost -m 0700 /var/lib/milepost /var/lib/airflow
WORKDIR /opt/milepost
COPY --from=build /opt/venv /opt/venv
COPY --from=build /opt/milepost ./
COPY dags ./dags
COPY expectations ./expectations
COPY reports_templates ./reports_templates
COPY config ./config
COPY examples ./examples
COPY scripts/container-init.sh ./scripts/
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    MILEPOST_HOME=/var/lib/milepost \
    MILEPOST_STUDY=/opt/milepost/config \
    AIRFLOW_HOME=/var/lib/airflow \
    AIRFLOW__CORE__DAGS_FOLDER=/opt/milepost/dags \
    AIRFLOW__CORE__PLUGINS_FOLDER=/opt/milepost/plugins \
    AIRFLOW__CORE__LOAD_EXAMPLES=False
USER milepost
CMD ["airflow", "version"]
