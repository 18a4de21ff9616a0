"""Confusion matrix, matrix and surface."""

import numpy as np
from clearml import Task
from plots import reported_plots


def use(project: str) -> dict:
    task = Task.init(project, "matrices", reuse_last_task_id=False)
    logger = task.get_logger()
    matrix = np.array([[5, 1], [2, 7]])
    logger.report_confusion_matrix(
        "confusion", "classes", matrix=matrix, iteration=2, xlabels=["cat", "dog"], ylabels=["cat", "dog"]
    )
    logger.report_matrix("matrix", "plain", matrix=matrix, iteration=2, yaxis_reversed=True)
    logger.report_surface("surface", "hill", matrix=matrix, iteration=2, camera=(1, 2, 3), zaxis="height")
    task.close()
    return {"task": task.id}


def read_back(found: dict) -> None:
    plots = reported_plots(Task.get_task(task_id=found["task"]))
    confusion = plots["confusion/classes"]["data"][0]
    assert confusion["type"] == "heatmap" and confusion["z"] == [[5, 1], [2, 7]], confusion
    assert plots["matrix/plain"]["data"][0]["z"] == [[5, 1], [2, 7]]
    assert plots["surface/hill"]["data"][0]["type"] == "surface"
    assert plots["surface/hill"]["layout"]["scene"]["camera"]["eye"] == {"x": 1, "y": 2, "z": 3}
