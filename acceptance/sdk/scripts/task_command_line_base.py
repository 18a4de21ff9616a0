"""The clearml-task command with a base task: a copy with other arguments."""

import re

from clearml import Task
from command_line import clearml_task

SINCE = ("2.0", "clearml-task --base-task-id of earlier releases ends with KeyError: 'repository' in its own summary")


def use(project: str) -> dict:
    base = Task.create(project, "base of the command", script="base.py", repo="https://example.com/repository.git")
    base.set_parameters({"Args/epochs": 3, "Args/rate": 0.1})
    cloned = clearml_task(
        *("--base-task-id", base.id, "--project", project, "--name", "from a base"),
        *("--args", "epochs=9", "--packages", "numpy"),
    )
    return {"base": base.id, "task": re.search(r"id=([0-9a-f]{32})", cloned).group(1)}


def read_back(found: dict) -> None:
    task = Task.get_task(task_id=found["task"])
    assert task.id != found["base"] and task.get_status() == "created"
    assert task.get_parameters() == {"Args/epochs": "9", "Args/rate": "0.1"}, task.get_parameters()
