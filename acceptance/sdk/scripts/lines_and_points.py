"""Line plots and scatter plots in two and three dimensions."""

import numpy as np
from clearml import Task
from plots import reported_plots


def use(project: str) -> dict:
    task = Task.init(project, "lines and points", reuse_last_task_id=False)
    logger = task.get_logger()
    points = np.array([[0, 0], [1, 1], [2, 4]])
    logger.report_scatter2d(
        "scatter", "2d", iteration=0, scatter=points, mode="markers", labels=["a", "b", "c"], xaxis="x", yaxis="y"
    )
    logger.report_scatter3d(
        "scatter", "3d", iteration=0, scatter=np.array([[0, 0, 0], [1, 2, 3]]), mode="markers+lines", zaxis="depth"
    )
    logger.report_line_plot(
        "lines",
        series=[{"name": "up", "data": points}, {"name": "down", "data": points * -1}],
        iteration=1,
        xaxis="epoch",
        yaxis="value",
        reverse_xaxis=True,
        comment="two lines",
    )
    task.close()
    return {"task": task.id}


def read_back(found: dict) -> None:
    plots = reported_plots(Task.get_task(task_id=found["task"]))
    flat = plots["scatter/2d"]["data"][0]
    assert list(flat["y"]) == [0, 1, 4] and flat["mode"] == "markers", flat
    deep = plots["scatter/3d"]["data"][0]
    assert deep["type"] == "scatter3d" and list(deep["z"]) == [0, 3], deep
    [lines] = [plot for name, plot in plots.items() if name.startswith("lines/")]
    assert [line["name"] for line in lines["data"]] == ["up", "down"], lines
    assert lines["layout"]["xaxis"]["autorange"] == "reversed", lines["layout"]
