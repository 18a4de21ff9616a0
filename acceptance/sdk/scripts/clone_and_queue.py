"""Cloning with overrides, queueing, taking out of the queue, and what the queue knows meanwhile."""

from clearml import Task
from clearml.backend_api.session.client import APIClient


def use(project: str) -> dict:
    template = Task.create(project, "clone template")
    template.set_parameters({"Args/epochs": 1})
    template.set_tags(["template"])
    template.set_configuration_object("network", config_dict={"depth": 3})
    copy = Task.clone(source_task=template, name="clone copy", comment="a copy", parent=template.id)
    copy.set_parameter("Args/epochs", 5)
    queue = "clone-queue-" + copy.id[:8]
    APIClient().queues.create(name=queue)
    Task.enqueue(copy, queue_name=queue)
    second = Task.clone(source_task=template, name="clone second")
    Task.enqueue(second, queue_name=queue)
    Task.dequeue(second)
    return {"template": template.id, "copy": copy.id, "second": second.id, "queue": queue}


def read_back(found: dict) -> None:
    copy = Task.get_task(task_id=found["copy"])
    assert copy.get_status() == "queued" and copy.parent == found["template"], copy.get_status()
    assert copy.get_parameters()["Args/epochs"] == "5" and copy.comment == "a copy"
    assert copy.get_configuration_object_as_dict("network") == {"depth": 3}
    assert Task.get_task(task_id=found["template"]).get_parameters()["Args/epochs"] == "1"
    assert Task.get_task(task_id=found["second"]).get_status() == "created"
    [queue] = APIClient().queues.get_all(name=f'^{found["queue"]}$')
    assert [entry.task for entry in queue.entries] == [found["copy"]], queue
    assert Task.get_num_enqueued_tasks(queue_name=found["queue"]) == 1
