"""Debug images of every kind, and the history that re-uses their addresses."""

import numpy as np
from clearml import StorageManager, Task
from PIL import Image


def use(project: str) -> dict:
    task = Task.init(project, "images", reuse_last_task_id=False)
    logger = task.get_logger()
    logger.set_default_debug_sample_history(2)
    for step in range(4):
        logger.report_image("array", "history", iteration=step, image=np.full((8, 8, 3), step * 10, dtype=np.uint8))
    picture = Image.new("RGB", (4, 6), color="red")
    picture.save("red.png")
    logger.report_image("kinds", "pillow", iteration=0, image=picture)
    logger.report_image("kinds", "file", iteration=0, local_path="red.png")
    logger.report_image("kinds", "address", iteration=0, url="https://example.com/picture.png")
    logger.report_image("kinds", "floats", iteration=0, image=np.linspace(0, 1, 64).reshape(8, 8))
    task.flush(wait_for_uploads=True)
    task.close()
    return {"task": task.id}


def read_back(found: dict) -> None:
    task = Task.get_task(task_id=found["task"])
    [file] = task.get_debug_samples("kinds", "file")
    with Image.open(StorageManager.get_local_copy(file["url"])) as picture:
        assert picture.size == (4, 6), picture.size
    [address] = task.get_debug_samples("kinds", "address")
    assert address["url"] == "https://example.com/picture.png", address
    assert len(task.get_debug_samples("kinds", "floats")) == 1
    # Four images went to two addresses: the newest two are left.
    history = task.get_debug_samples("array", "history", n_last_iterations=4)
    assert sorted(sample["iter"] for sample in history) == [2, 3], history
