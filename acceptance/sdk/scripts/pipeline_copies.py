"""A pipeline made of a script without running it, copied with another version, and queued."""

from pathlib import Path

from clearml import PipelineController, Task
from clearml.backend_api.session.client import APIClient

SINCE = ("2.0", "PipelineController.create and PipelineController.clone came later")


def use(project: str) -> dict:
    queue = f"copies of {project}"
    APIClient().queues.create(name=queue)
    Path("pipeline.py").write_text("print('steps')\n", encoding="utf-8")
    created = PipelineController.create(
        project, "made", script="pipeline.py", packages=["clearml"], version="1.0.0"
    )
    copy = PipelineController.clone(created, comment="a copy", version="2.0.0")
    PipelineController.enqueue(copy, queue_name=queue)
    return {"created": created.id, "copy": copy.id, "queue": queue, "project": project}


def read_back(found: dict) -> None:
    created, copy = (Task.get_task(task_id=found[name]) for name in ("created", "copy"))
    assert created.get_project_name() == f'{found["project"]}/.pipelines/made', created.get_project_name()
    assert "pipeline" in created.get_system_tags() and str(created.task_type) == "controller"
    assert "print('steps')" in created.data.script.diff and created.get_status() == "created"
    assert copy.get_status() == "queued" and copy.comment == "a copy"
    assert copy.data.script.diff == created.data.script.diff
    assert created.get_user_properties()["version"]["value"] == "1.0.0", created.get_user_properties()
    assert copy.get_user_properties()["version"]["value"] == "2.0.0", copy.get_user_properties()
    [queue] = APIClient().queues.get_all(name=f'^{found["queue"]}$')
    assert [entry.task for entry in queue.entries] == [found["copy"]]
