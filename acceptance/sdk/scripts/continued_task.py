"""A task continued later: its iterations go on where they ended."""

from clearml import Task


def use(project: str) -> dict:
    first = Task.init(project, "continued", reuse_last_task_id=False)
    for step in range(3):
        first.get_logger().report_scalar("loss", "train", value=step, iteration=step)
    first.close()
    second = Task.init(project, "continued", continue_last_task=first.id)
    assert second.get_initial_iteration() == 3, second.get_initial_iteration()
    for step in range(2):
        second.get_logger().report_scalar("loss", "train", value=10 + step, iteration=step)
    second.close()
    assert first.id == second.id
    return {"task": second.id}


def read_back(found: dict) -> None:
    task = Task.get_task(task_id=found["task"])
    series = task.get_reported_scalars()["loss"]["train"]
    assert series["x"] == [0, 1, 2, 3, 4] and series["y"] == [0, 1, 2, 10, 11], series
    assert task.get_status() == "completed"
