"""The log of the old design: a service that writes each row to SQLite, in one transaction a row."""

import os
import sqlite3
from datetime import datetime, timezone

from fastapi import FastAPI
from pydantic import BaseModel

database = sqlite3.connect(os.environ["LOG_FILE"], isolation_level=None)
database.execute("PRAGMA journal_mode = WAL")
database.execute(
    "CREATE TABLE ondemand_logs (id INTEGER PRIMARY KEY, serving_machine_task_id TEXT, endpoint TEXT, status TEXT, details TEXT, created_at TEXT)"
)
app = FastAPI()


class Row(BaseModel):
    serving_machine_task_id: str
    endpoint: str
    status: str
    details: str


@app.post("/rows")
async def add(row: Row):
    values = (row.serving_machine_task_id, row.endpoint, row.status, row.details, datetime.now(timezone.utc).isoformat())
    database.execute(
        "INSERT INTO ondemand_logs (serving_machine_task_id, endpoint, status, details, created_at) VALUES (?, ?, ?, ?, ?)", values
    )
    return {"logged": True}
