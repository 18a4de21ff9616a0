"""The clearml-task command: a task of a script with its arguments and packages, queued, and one from a repository."""

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
        *("--args", "epochs=3", "rate=0.1", "--packages", "numpy", "--docker", "python:3.11", "--tags", "cli"),
        *("--task-type", "testing", "--skip-task-init"),
    )
    queued = re.search(r"id=([0-9a-f]{32})", created).group(1)
    cloned = clearml_task("--base-task-id", queued, "--project", project, "--name", "from a base", "--args", "epochs=9", "--packages", "numpy")
    return {"queued": queued, "cloned": re.search(r"id=([0-9a-f]{32})", cloned).group(1)}


def read_back(found: dict) -> None:
    task = Task.get_task(task_id=found["queued"])
    assert task.get_status() == "queued" and task.get_tags() == ["cli"] and str(task.task_type) == "testing"
    values = task.get_parameters()
    assert values["Args/epochs"] == "3" and values["Args/rate"] == "0.1", values
    assert "print('hello')" in task.data.script.diff
    cloned = Task.get_task(task_id=found["cloned"])
    assert cloned.id != task.id and cloned.get_parameters()["Args/epochs"] == "9", cloned.get_parameters()
