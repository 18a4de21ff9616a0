"""A task reset to a draft, and one run again under the same id."""

from clearml import Task


def use(project: str) -> dict:
    task = Task.init(project, "reset", reuse_last_task_id=False)
    task.set_parameter("General/kept", 1)
    task.get_logger().report_scalar("loss", "train", value=1, iteration=5)
    task.upload_artifact("lost", {"a": 1}, wait_on_upload=True)
    task.close()
    again = Task.get_task(task_id=task.id)
    again.reset(set_started_on_success=False, force=True)

    # Not changed since and run again: the SDK uses the same task once more.
    first = Task.init(project, "reused")
    first.close()
    second = Task.init(project, "reused", reuse_last_task_id=first.id)
    second.get_logger().report_scalar("second", "run", value=2, iteration=0)
    second.close()
    assert second.id == first.id
    return {"reset": task.id, "reused": second.id}


def read_back(found: dict) -> None:
    reset = Task.get_task(task_id=found["reset"])
    assert reset.get_status() == "created" and reset.get_last_iteration() == 0
    assert reset.get_reported_scalars() == {} and not reset.artifacts, reset.artifacts
    assert reset.get_parameters()["General/kept"] == "1"
    assert list(Task.get_task(task_id=found["reused"]).get_reported_scalars()["second"]) == ["run"]
