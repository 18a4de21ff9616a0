"""Scalars, tables and plots reported on a model instead of a task."""

import numpy as np
from clearml import OutputModel, Task
from clearml.backend_api.session.client import APIClient


def use(project: str) -> dict:
    task = Task.init(project, "model reports", reuse_last_task_id=False)
    model = OutputModel(task=task, name="reporting")
    for step in range(3):
        model.report_scalar("drift", "mean", value=step / 2, iteration=step)
    model.report_single_value("accuracy", 0.5)
    model.report_histogram("inputs", "ages", values=np.array([1, 2, 3]), iteration=0)
    model.report_confusion_matrix("confusion", "all", matrix=np.eye(2), iteration=0)
    task.flush(wait_for_uploads=True)
    task.close()
    return {"model": model.id}


def read_back(found: dict) -> None:
    events = APIClient().events
    plots = events.get_task_plots(task=found["model"], model_events=True)
    names = {plot["metric"] if isinstance(plot, dict) else plot.metric for plot in plots.plots}
    assert {"inputs", "confusion"} <= names, names
    scalars = events.scalar_metrics_iter_histogram(task=found["model"], model_events=True)
    assert scalars.to_dict()["metrics"]["drift"]["mean"]["y"] == [0, 0.5, 1], scalars
