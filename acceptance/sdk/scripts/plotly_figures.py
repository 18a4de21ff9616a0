"""A figure of Plotly, small and large (the server keeps large ones packed)."""

import plotly.graph_objects as graph
from clearml import Task
from plots import reported_plots


def use(project: str) -> dict:
    task = Task.init(project, "plotly", reuse_last_task_id=False)
    small = graph.Figure(data=[graph.Bar(x=["a", "b"], y=[1, 2])], layout={"title": "small"})
    large = graph.Figure(data=[graph.Scatter(x=list(range(20_000)), y=[x * x for x in range(20_000)])])
    task.get_logger().report_plotly("plotly", "small", figure=small, iteration=4)
    task.get_logger().report_plotly("plotly", "large", figure=large, iteration=4)
    task.close()
    return {"task": task.id}


def read_back(found: dict) -> None:
    plots = reported_plots(Task.get_task(task_id=found["task"]))
    assert plots["plotly/small"]["data"][0]["y"] == [1, 2], plots["plotly/small"]
    large = plots["plotly/large"]["data"][0]
    assert len(large["x"]) == 20_000 and large["y"][-1] == 19_999**2
