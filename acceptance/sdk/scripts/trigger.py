"""A trigger: a task that gets a tag makes a function run and a template be queued."""

from clearml import Task
from clearml.automation.trigger import TriggerScheduler
from clearml.backend_api.session.client import APIClient


def use(project: str) -> dict:
    queue = f"triggers of {project}"
    APIClient().queues.create(name=queue)
    template = Task.create(project, "trigger template")
    seen = []
    scheduler = TriggerScheduler(pooling_frequency_minutes=0.01)
    scheduler.add_task_trigger(
        name="tagged", schedule_function=seen.append, trigger_project=project, trigger_required_tags=["go"]
    )
    scheduler.add_task_trigger(
        name="queued",
        schedule_task_id=template.id,
        schedule_queue=queue,
        trigger_project=project,
        trigger_required_tags=["go"],
        single_instance=False,
    )
    # One round of the loop that start() runs for ever.
    scheduler._step()
    source = Task.create(project, "trigger source")
    source.set_tags(["go"])
    for _ in range(3):
        scheduler._step()
    return {"source": source.id, "seen": seen, "template": template.id, "queue": queue}


def read_back(found: dict) -> None:
    assert found["source"] in found["seen"], found
    [queue] = APIClient().queues.get_all(name=f'^{found["queue"]}$')
    assert queue.entries, "the template's copy was not queued"
    copy = Task.get_task(task_id=queue.entries[0].task)
    assert copy.parent == found["template"] and copy.get_status() == "queued"
