"""Histograms and vectors."""

import numpy as np
from clearml import Task
from plots import reported_plots


def use(project: str) -> dict:
    task = Task.init(project, "histograms", reuse_last_task_id=False)
    logger = task.get_logger()
    for step in range(3):
        logger.report_histogram(
            "weights",
            "layer",
            values=np.arange(5) + step,
            iteration=step,
            labels=["bins"],
            xlabels=["a", "b", "c", "d", "e"],
            xaxis="bin",
            yaxis="count",
            mode="stack",
        )
    logger.report_vector("vector", "values", values=[3, 1, 2], iteration=0, labels=["v"], xlabels=["x", "y", "z"])
    task.close()
    return {"task": task.id}


def read_back(found: dict) -> None:
    plots = reported_plots(Task.get_task(task_id=found["task"]))
    weights = plots["weights/layer"]
    assert weights["data"][0]["type"] == "bar", weights
    assert len(weights["data"][0]["x"]) == 5, weights
    vector = plots["vector/values"]["data"][0]
    assert list(vector["y"]) == [3, 1, 2], vector
