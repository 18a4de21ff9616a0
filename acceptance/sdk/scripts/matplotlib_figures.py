"""Figures of Matplotlib: reported by hand as a plot and as an image, and caught when shown."""

import matplotlib

matplotlib.use("Agg")

from clearml import Task  # noqa: E402
from matplotlib import pyplot  # noqa: E402


def use(project: str) -> dict:
    task = Task.init(project, "matplotlib", reuse_last_task_id=False)
    figure = pyplot.figure()
    pyplot.plot([0, 1, 2], [0, 1, 4])
    task.get_logger().report_matplotlib_figure("figure", "plot", figure=figure, iteration=0, report_interactive=True)
    task.get_logger().report_matplotlib_figure("figure", "image", figure=figure, iteration=0, report_image=True)
    pyplot.figure()
    pyplot.plot([3, 2, 1])
    pyplot.title("shown")
    pyplot.show()
    task.flush(wait_for_uploads=True)
    task.close()
    return {"task": task.id}


def read_back(found: dict) -> None:
    task = Task.get_task(task_id=found["task"])
    metrics = {plot["metric"] for plot in task.get_reported_plots()}
    assert {"figure", "shown"} <= metrics, metrics
    [sample] = task.get_debug_samples("figure", "image")
    assert sample["url"].startswith("http"), sample
