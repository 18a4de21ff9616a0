"""A task with the automatic parts turned off, tags and a comment from its start."""

import argparse
import sys

from clearml import Task


def use(project: str) -> dict:
    sys.argv[1:] = ["--secret", "hidden", "--shown", "1"]
    task = Task.init(
        project,
        "selective",
        task_type=Task.TaskTypes.qc,
        tags=["chosen"],
        reuse_last_task_id=False,
        auto_connect_arg_parser={"secret": False},
        auto_connect_frameworks=False,
        auto_resource_monitoring=False,
        auto_connect_streams={"stdout": True, "stderr": False, "logging": False},
    )
    parser = argparse.ArgumentParser()
    parser.add_argument("--secret")
    parser.add_argument("--shown")
    parser.parse_args()
    print("seen on stdout")
    print("unseen on stderr", file=sys.stderr)
    task.close()
    return {"task": task.id}


def read_back(found: dict) -> None:
    task = Task.get_task(task_id=found["task"])
    parameters = task.get_parameters()
    assert parameters["Args/shown"] == "1" and "Args/secret" not in parameters, parameters
    assert task.get_tags() == ["chosen"] and str(task.task_type) == "qc"
    log = "".join(task.get_reported_console_output(number_of_reports=100))
    assert "seen on stdout" in log and "unseen on stderr" not in log, log
