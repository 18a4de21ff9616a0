"""What a Logger can be told: values for NaN and infinity, where samples go, and to record the logging of a block."""

import logging

import numpy as np
from clearml import Logger, StorageManager, Task


def use(project: str) -> dict:
    task = Task.init(
        project,
        "logger settings",
        reuse_last_task_id=False,
        auto_connect_streams={"stdout": True, "stderr": True, "logging": False},
    )
    logger = task.get_logger()
    Logger.set_reporting_nan_value(-1)
    Logger.set_reporting_inf_value(1e6)
    for step, value in enumerate((1.0, float("nan"), float("inf"))):
        logger.report_scalar("odd", "values", value=value, iteration=step)

    folder = f"{task.get_output_destination() or task._get_default_report_storage_uri()}/chosen"
    logger.set_default_upload_destination(folder)
    assert logger.get_default_upload_destination() == folder
    logger.report_image_and_upload("image", "old name", iteration=1, matrix=np.zeros((4, 4, 3), dtype=np.uint8))

    messages = logging.getLogger("captured")
    messages.warning("said before the block")
    with logger.capture_logging():
        messages.warning("said inside the block")
    assert logger.flush(wait=True)
    task.close()
    return {"task": task.id, "folder": folder}


def read_back(found: dict) -> None:
    task = Task.get_task(task_id=found["task"])
    assert task.get_reported_scalars()["odd"]["values"]["y"] == [1, -1, 1e6], task.get_reported_scalars()
    [image] = task.get_debug_samples("image", "old name")
    assert image["url"].startswith(found["folder"]), image
    assert StorageManager.get_local_copy(image["url"])
    log = "".join(task.get_reported_console_output(number_of_reports=100))
    assert "said inside the block" in log, log
