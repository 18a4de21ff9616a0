"""Plots with more than one axis, and layouts of the user's own for lines, histograms and scatter plots."""

import numpy as np
import plotly.graph_objects as graph
from clearml import Task
from plotly.subplots import make_subplots
from plots import reported_plots


def use(project: str) -> dict:
    task = Task.init(project, "axes and layouts", reuse_last_task_id=False)
    logger = task.get_logger()
    figure = make_subplots(specs=[[{"secondary_y": True}]])
    figure.add_trace(graph.Scatter(x=[0, 1, 2], y=[1, 2, 3], name="loss"), secondary_y=False)
    figure.add_trace(graph.Scatter(x=[0, 1, 2], y=[100, 200, 300], name="rate"), secondary_y=True)
    logger.report_plotly("axes", "two", figure=figure, iteration=0)

    points = np.array([[0, 1], [1, 10], [2, 100]])
    logger.report_line_plot(
        "logarithmic",
        series=[{"name": "growth", "data": points}],
        iteration=0,
        xaxis="epoch",
        yaxis="size",
        mode="lines+markers",
        extra_layout={"yaxis": {"type": "log", "title": "size"}},
    )
    logger.report_histogram(
        "histogram",
        "two labels",
        values=np.array([[1, 2, 3], [3, 2, 1]]),
        iteration=0,
        labels=["cats", "dogs"],
        xlabels=["x", "y", "z"],
        mode="group",
        data_args={"orientation": "v"},
        extra_layout={"legend": {"orientation": "h"}},
    )
    logger.report_scatter2d("scatter", "wide", iteration=0, scatter=points, extra_layout={"width": 900})
    task.close()
    return {"task": task.id}


def read_back(found: dict) -> None:
    plots = reported_plots(Task.get_task(task_id=found["task"]))
    two = plots["axes/two"]
    assert [line.get("yaxis") for line in two["data"]] == ["y", "y2"], two["data"]
    assert two["layout"]["yaxis2"]["overlaying"] == "y", two["layout"]
    [growth] = [plot for name, plot in plots.items() if name.startswith("logarithmic/")]
    assert growth["layout"]["yaxis"]["type"] == "log", growth["layout"]
    bars = plots["histogram/two labels"]
    assert [(bar["name"], list(bar["y"])) for bar in bars["data"]] == [("cats", [1, 2, 3]), ("dogs", [3, 2, 1])], bars
    assert bars["layout"]["barmode"] == "group" and bars["layout"]["legend"]["orientation"] == "h", bars["layout"]
    assert plots["scatter/wide"]["layout"]["width"] == 900
