"""Scalars: series, single values, and what the SDK reads of them."""

from clearml import Logger, Task


def use(project: str) -> dict:
    task = Task.init(project, "scalars", reuse_last_task_id=False)
    logger = Logger.current_logger()
    for step in range(10):
        logger.report_scalar("loss", "train", value=1.0 / (step + 1), iteration=step)
        logger.report_scalar("loss", "test", value=2.0 / (step + 1), iteration=step)
    logger.report_scalar("rate", "rate", value=-0.5, iteration=3)
    logger.report_single_value("accuracy", 0.75)
    logger.report_single_value("accuracy", 0.875)
    logger.report_single_value("f1", 0.5)
    task.close()
    return {"task": task.id}


def read_back(found: dict) -> None:
    task = Task.get_task(task_id=found["task"])
    scalars = task.get_reported_scalars()
    assert scalars["loss"]["train"]["x"] == list(range(10)), scalars
    assert abs(scalars["loss"]["test"]["y"][3] - 0.5) < 1e-6, scalars
    assert scalars["rate"]["rate"]["y"] == [-0.5], scalars
    every = task.get_all_reported_scalars()
    assert len(every["loss"]["train"]["x"]) == 10, every
    sampled = task.get_reported_scalars(max_samples=5)
    assert 1 <= len(sampled["loss"]["train"]["x"]) <= 5, sampled
    last = task.get_last_scalar_metrics()["loss"]["train"]
    assert abs(last["last"] - 0.1) < 1e-6 and last["max"] == 1.0 and abs(last["min"] - 0.1) < 1e-6, last
    assert task.get_last_iteration() == 9
    # Reported twice: the second one counts.
    assert task.get_reported_single_values() == {"accuracy": 0.875, "f1": 0.5}
    assert task.get_reported_single_value("f1") == 0.5
