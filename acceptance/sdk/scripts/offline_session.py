"""A task recorded without a server and imported later, with all that hangs on it."""

from pathlib import Path

from clearml import Task


def use(project: str) -> dict:
    Task.set_offline(True)
    task = Task.init(project, "offline", reuse_last_task_id=False)
    task.connect({"rate": 0.5})
    for step in range(4):
        task.get_logger().report_scalar("loss", "train", value=step, iteration=step)
    task.get_logger().report_text("said without a server")
    task.upload_artifact("values", {"a": 1})
    session = Path(task.get_offline_mode_folder())
    task.flush(wait_for_uploads=True)
    task.close()
    Task.set_offline(False)
    archive = next(path for path in (Path(f"{session}.zip"), session) if path.exists())
    return {"task": Task.import_offline_session(str(archive))}


def read_back(found: dict) -> None:
    task = Task.get_task(task_id=found["task"])
    assert task.name == "offline" and task.get_status() in ("completed", "closed", "stopped"), task.get_status()
    assert task.get_parameters()["General/rate"] == "0.5"
    assert task.get_reported_scalars()["loss"]["train"]["y"] == [0, 1, 2, 3]
    assert "said without a server" in "".join(task.get_reported_console_output(number_of_reports=100))
    assert task.artifacts["values"].get() == {"a": 1}
