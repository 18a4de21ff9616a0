"""The monitor class, as the alerting examples use it: told of tasks that fail after it began to look."""

from clearml import Task
from clearml.automation.monitor import Monitor


class FailedTasks(Monitor):
    def __init__(self) -> None:
        super().__init__()
        self.seen = []

    def get_query_parameters(self) -> dict:
        return {"status": ["failed"], "order_by": ["-last_update"], "system_tags": ["-archived"]}

    def process_task(self, task: Task) -> None:
        self.seen.append(task.id)


def use(project: str) -> dict:
    monitor = FailedTasks()
    monitor.set_projects(project_names=[project])
    before = Task.create(project, "monitored before")
    monitor.monitor_step()
    failed = Task.create(project, "monitored failure")
    failed.mark_started(force=True)
    failed.mark_failed(status_reason="on purpose", force=True)
    completed = Task.create(project, "monitored success")
    completed.mark_started(force=True)
    completed.mark_completed()
    monitor.monitor_step()
    assert monitor.seen == [failed.id], monitor.seen
    return {"failed": failed.id, "before": before.id}


def read_back(found: dict) -> None:
    assert Task.get_task(task_id=found["failed"]).data.status_reason == "on purpose"
    assert Task.get_task(task_id=found["before"]).get_status() == "created"
