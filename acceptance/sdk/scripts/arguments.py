"""argparse: defaults, what the command line says, types, and sub-commands."""

import argparse
import sys

from clearml import Task


def use(project: str) -> dict:
    sys.argv[1:] = ["--epochs", "7", "--flag", "fit", "--optimizer", "adam"]
    task = Task.init(project, "arguments", reuse_last_task_id=False)
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=1, help="how often")
    parser.add_argument("--rate", type=float, default=0.25)
    parser.add_argument("--flag", action="store_true")
    parser.add_argument("--layers", nargs="*", default=["a", "b"])
    commands = parser.add_subparsers(dest="command")
    commands.add_parser("fit").add_argument("--optimizer", default="sgd")
    options = parser.parse_args()
    assert (options.epochs, options.optimizer) == (7, "adam"), options
    task.close()
    return {"task": task.id}


def read_back(found: dict) -> None:
    task = Task.get_task(task_id=found["task"])
    values = task.get_parameters()
    assert values["Args/epochs"] == "7" and values["Args/rate"] == "0.25", values
    assert values["Args/flag"] == "True" and values["Args/optimizer"] == "adam", values
    cast = task.get_parameters(cast=True)
    assert cast["Args/epochs"] == 7 and cast["Args/rate"] == 0.25, cast
