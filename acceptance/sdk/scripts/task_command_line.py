"""The clearml-task command: a task of a script with its arguments, packages and container, put into a queue."""

import re
from pathlib import Path

from clearml import Task
from clearml.backend_api.session.client import APIClient
from command_line import clearml_task


def use(project: str) -> dict:
    Path("hello.py").write_text("print('hello')\n", encoding="utf-8")
    APIClient().queues.create(name=f"queue of {project}")
    created = clearml_task(
        *("--project", project, "--name", "from the command", "--script", "hello.py", "--queue", f"queue of {project}"),
        *("--args", "epochs=3", "rate=0.1", "--packages", "numpy", "--docker", "python:3.11"),
        *("--task-type", "testing", "--skip-task-init"),
    )
    return {"task": re.search(r"id=([0-9a-f]{32})", created).group(1)}


def read_back(found: dict) -> None:
    task = Task.get_task(task_id=found["task"])
    assert task.get_status() == "queued" and str(task.task_type) == "testing"
    values = task.get_parameters()
    assert values["Args/epochs"] == "3" and values["Args/rate"] == "0.1", values
    assert "print('hello')" in task.data.script.diff
    assert task.get_base_docker().startswith("python:3.11"), task.get_base_docker()
