"""Reads a finished task through the official package; prints what it found as JSON."""

import json
import sys

from clearml import Model, Task


def main() -> None:
    task = Task.get_task(task_id=sys.argv[1])
    artifact = task.artifacts["summary"]
    model = Model(model_id=task.models["output"][-1].id)
    with open(model.get_local_copy(), "rb") as weights:
        size = len(weights.read())
    found = {
        "status": task.get_status(),
        "parameters": task.get_parameters(),
        "scalars": task.get_reported_scalars(),
        "values": task.get_reported_single_values(),
        "console": "".join(task.get_reported_console_output(number_of_reports=100)),
        "summary": artifact.get(),
        "weights": size,
        "found_by_name": Task.get_task(project_name=task.get_project_name(), task_name=task.name).id,
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
