"""execute_remotely: a copy of the running program's task goes into a queue, while the program goes on."""

from clearml import Task
from clearml.backend_api.session.client import APIClient


def use(project: str) -> dict:
    queue = f"remote of {project}"
    APIClient().queues.create(name=queue)
    task = Task.init(project, "local", reuse_last_task_id=False)
    task.connect({"rate": 0.1})
    task.set_base_docker("python:3.11")
    copy = task.execute_remotely(queue_name=queue, clone=True, exit_process=False)
    task.get_logger().report_single_value("went on", 1)
    task.close()
    return {"task": task.id, "copy": copy.id, "queue": queue}


def read_back(found: dict) -> None:
    copy = Task.get_task(task_id=found["copy"])
    assert copy.get_status() == "queued" and copy.parent == found["task"], (copy.get_status(), copy.parent)
    assert copy.get_parameters()["General/rate"] == "0.1" and copy.get_base_docker() == "python:3.11"
    [queue] = APIClient().queues.get_all(name=f'^{found["queue"]}$')
    assert [entry.task for entry in queue.entries] == [found["copy"]]
    assert copy.data.execution.queue == queue.id
    assert Task.get_task(task_id=found["task"]).get_reported_single_value("went on") == 1
