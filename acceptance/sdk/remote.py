"""Sends itself to a queue and goes on there: what follows execute_remotely runs on the agent only. Argument: the queue."""

import json
import os
import sys

from clearml import Task


def main() -> None:
    task = Task.init(project_name="Acceptance/Remote", task_name="remote")
    settings = task.connect({"factor": 3})
    if task.running_locally():
        # Printed now, because execute_remotely ends this process.
        print(json.dumps({"task": task.id}), flush=True)
    task.execute_remotely(queue_name=sys.argv[1] if len(sys.argv) > 1 else None)

    task.get_logger().report_single_value("product", 7 * int(settings["factor"]))
    for step in range(3):
        task.get_logger().report_scalar("steps", "square", value=step * step, iteration=step)
    print("ran in process", os.getpid())


if __name__ == "__main__":
    main()
