"""Every change of status the SDK can ask for, with its reason."""

from clearml import Task


def use(project: str) -> dict:
    def started(name: str) -> Task:
        task = Task.create(project, f"status {name}")
        task.mark_started(force=True)
        return task

    completed, stopped, failed, published = (started(name) for name in ("completed", "stopped", "failed", "published"))
    completed.mark_completed(status_message="well done")
    stopped.mark_stopped(force=True, status_message="enough")
    failed.mark_failed(status_reason="broken", status_message="it broke")
    published.mark_completed()
    published.publish()
    archived = started("archived")
    archived.mark_completed()
    archived.set_archived(True)
    return {task.name.split()[-1]: task.id for task in (completed, stopped, failed, published, archived)}


def read_back(found: dict) -> None:
    tasks = {name: Task.get_task(task_id=key) for name, key in found.items()}
    for name in ("completed", "stopped", "failed", "published"):
        assert tasks[name].get_status() == name, (name, tasks[name].get_status())
    assert tasks["failed"].data.status_reason == "broken" and tasks["failed"].data.status_message == "it broke"
    assert tasks["stopped"].data.status_message == "enough"
    assert tasks["archived"].get_archived() and tasks["archived"].get_status() == "completed"
    assert tasks["completed"].data.started and tasks["completed"].data.completed
    tasks["completed"].wait_for_status(check_interval_sec=1)
    assert tasks["published"].data.published
