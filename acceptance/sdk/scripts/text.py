"""The console log: reported text, prints, the logging module, and both streams."""

import logging
import sys

from clearml import Task


def use(project: str) -> dict:
    task = Task.init(project, "text", reuse_last_task_id=False)
    task.get_logger().report_text("reported text", level=logging.WARNING)
    task.get_logger().report_text("only in the log", print_console=False)
    print("printed text with ünïcode ✓")
    print("to the error stream", file=sys.stderr)
    logging.getLogger("mine").error("through the logging module")
    for line in range(300):
        print(f"line {line}")
    task.flush(wait_for_uploads=True)
    task.close()
    return {"task": task.id}


def read_back(found: dict) -> None:
    log = "".join(Task.get_task(task_id=found["task"]).get_reported_console_output(number_of_reports=1000))
    for text in (
        "reported text",
        "only in the log",
        "printed text with ünïcode ✓",
        "to the error stream",
        "through the logging module",
    ):
        assert text in log, text
    position = 0
    for line in range(300):
        position = log.find(f"line {line}", position)
        assert position >= 0, f"line {line} is missing or out of order"
