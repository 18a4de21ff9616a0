"""The clearml-task command: a script with its arguments, packages and container, queued; a repository's script."""

import re
from pathlib import Path

from clearml import Task
from clearml.backend_api.session.client import APIClient
from command_line import clearml_task


def task_id(printed: str) -> str:
    return re.search(r"id=([0-9a-f]{32})", printed).group(1)


def use(project: str) -> dict:
    Path("requirements.txt").write_text("numpy>=1\n", encoding="utf-8")
    Path("hello.py").write_text("print('hello')\n", encoding="utf-8")
    APIClient().queues.create(name=f"queue of {project}")
    created = clearml_task(
        *("--project", project, "--name", "from the command", "--script", "hello.py", "--queue", f"queue of {project}"),
        *("--args", "epochs=3", "rate=0.1", "--packages", "numpy", "--docker", "python:3.11"),
        *("--task-type", "testing", "--skip-task-init"),
    )
    cloned = clearml_task(
        *("--project", project, "--name", "of a repository", "--repo", "https://example.com/repository.git"),
        *("--branch", "main", "--script", "train.py", "--cwd", "src", "--requirements", "requirements.txt"),
        "--skip-task-init",
    )
    return {"task": task_id(created), "repository": task_id(cloned)}


def read_back(found: dict) -> None:
    task = Task.get_task(task_id=found["task"])
    assert task.get_status() == "queued" and str(task.task_type) == "testing"
    values = task.get_parameters()
    assert values["Args/epochs"] == "3" and values["Args/rate"] == "0.1", values
    assert "print('hello')" in task.data.script.diff
    assert task.get_base_docker().startswith("python:3.11"), task.get_base_docker()
    repository = Task.get_task(task_id=found["repository"])
    script = repository.data.script
    assert (script.repository, script.branch) == ("https://example.com/repository.git", "main"), script
    assert (script.working_dir, script.entry_point) == ("src", "train.py"), script
    assert "numpy" in str(script.requirements), script.requirements
