#!/usr/bin/env bash
# Before the services start: Airflow's database and its tables, and the two accounts that may sign in. Safe to repeat.
set -euo pipefail
umask 077
python - <<'PYTHON'
import json
import os
from pathlib import Path

import psycopg

with psycopg.connect(os.environ["MILEPOST_DSN"].replace("+psycopg", "", 1), autocommit=True) as connection:
    if not connection.execute("select 1 from pg_database where datname = 'airflow'").fetchone():
        connection.execute("create database airflow template template0")

accounts = {name: os.environ[f"MILEPOST_{name.upper()}_PASSWORD"] for name in ("admin", "monitor")}
file = Path(os.environ["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE"])
file.write_text(json.dumps(accounts))
file.chmod(0o600)
PYTHON
airflow db migrate
