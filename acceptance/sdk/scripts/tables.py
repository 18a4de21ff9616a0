"""Tables from a data frame, a list and a CSV file."""

import pandas
from clearml import Task
from plots import reported_plots


def use(project: str) -> dict:
    task = Task.init(project, "tables", reuse_last_task_id=False)
    frame = pandas.DataFrame({"name": ["cat", "dog"], "count": [3, 4]}, index=["one", "two"])
    frame.to_csv("animals.csv")
    logger = task.get_logger()
    logger.report_table("tables", "frame", iteration=0, table_plot=frame)
    logger.report_table("tables", "list", iteration=0, table_plot=[["a", "b"], [1, 2], [3, 4]])
    logger.report_table("tables", "csv", iteration=0, csv="animals.csv", extra_layout={"height": 400})
    task.close()
    return {"task": task.id}


def read_back(found: dict) -> None:
    plots = reported_plots(Task.get_task(task_id=found["task"]))
    assert set(plots) == {"tables/frame", "tables/list", "tables/csv"}, plots.keys()
    frame = plots["tables/frame"]["data"][0]
    assert frame["type"] == "table"
    assert [list(column) for column in frame["cells"]["values"]][1:] == [["cat", "dog"], [3, 4]], frame["cells"]
    assert plots["tables/csv"]["layout"]["height"] == 400
