"""A scheduler: a template queued at once with other parameters, a function called, and what is planned for later."""

import json

from clearml import Task
from clearml.automation import TaskScheduler
from clearml.backend_api.session.client import APIClient


def use(project: str) -> dict:
    queue = f"schedules of {project}"
    APIClient().queues.create(name=queue)
    template = Task.create(project, "schedule template")
    template.set_parameters({"General/rate": 0.1})
    seen = []
    scheduler = TaskScheduler(
        sync_frequency_minutes=0.01, force_create_task_project=project, force_create_task_name="scheduler"
    )
    scheduler.add_task(
        name="at once",
        schedule_task_id=template.id,
        queue=queue,
        minute=30,
        target_project=f"{project}/scheduled",
        execute_immediately=True,
        task_parameters={"General/rate": 0.5},
        task_overrides={"script.branch": "main"},
    )
    scheduler.add_task(
        name="function", schedule_function=lambda: seen.append("called"), minute=30, execute_immediately=True
    )
    scheduler.add_task(name="later", schedule_task_id=template.id, queue=queue, hour=3, minute=0, weekdays=["monday"])
    # What start() does before and in its endless loop.
    scheduler._serialize_state()
    scheduler._serialize()
    for _ in range(3):
        scheduler._step()
    scheduler._deserialize()
    scheduler._update_execution_plots()
    scheduler._serialize_state()
    planned = [job.name for job in scheduler.get_scheduled_tasks()]
    controller = Task.current_task()
    controller.flush(wait_for_uploads=True)
    controller.close()
    return {"template": template.id, "queue": queue, "seen": seen, "planned": planned, "scheduler": controller.id}


def read_back(found: dict) -> None:
    assert found["seen"] == ["called"] and found["planned"] == ["at once", "function", "later"], found
    [queue] = APIClient().queues.get_all(name=f'^{found["queue"]}$')
    [entry] = queue.entries
    copy = Task.get_task(task_id=entry.task)
    assert copy.get_parameters()["General/rate"] == "0.5" and copy.parent == found["template"]
    assert copy.get_project_name().endswith("/scheduled") and copy.data.script.branch == "main"
    scheduler = Task.get_task(task_id=found["scheduler"])
    assert str(scheduler.task_type) == "service" and "state" in scheduler.artifacts
    jobs = {job["name"]: job for job in json.loads(scheduler.get_configuration_object("schedule"))}
    assert jobs["later"]["weekdays"] == ["monday"], jobs
    assert {plot["metric"] for plot in scheduler.get_reported_plots()} == {"Schedule Tasks", "Executed Tasks"}
