"""A task recorded without a server and imported later, with all that hangs on it."""

from pathlib import Path

import numpy as np
from clearml import StorageManager, Task


def use(project: str) -> dict:
    Task.set_offline(True)
    task = Task.init(project, "offline", reuse_last_task_id=False)
    task.connect({"rate": 0.5})
    logger = task.get_logger()
    for step in range(4):
        logger.report_scalar("loss", "train", value=step, iteration=step)
    logger.report_single_value("accuracy", 0.5)
    logger.report_image("images", "black", iteration=2, image=np.zeros((4, 4, 3), dtype=np.uint8))
    logger.report_histogram("histogram", "values", values=[1, 2, 3], iteration=2)
    logger.report_text("said without a server")
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
    assert task.get_reported_single_value("accuracy") == 0.5
    [image] = task.get_debug_samples("images", "black")
    assert image["iter"] == 2 and StorageManager.get_local_copy(image["url"]), image
    assert [plot["metric"] for plot in task.get_reported_plots()] == ["histogram"]
    assert task.artifacts["values"].get() == {"a": 1}
