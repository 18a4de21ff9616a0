"""Runs the commands that the official packages install, with this Python and its environment."""

import subprocess
import sys


def run(*words: str) -> str:
    """Standard output and error of `python -m …`; an AssertionError with both when it does not end with 0."""
    result = subprocess.run(
        [sys.executable, "-m", *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
    )
    assert result.returncode == 0, f"{' '.join(words)} ended with {result.returncode}:\n{result.stdout}"
    return result.stdout


def clearml_data(*words: str) -> str:
    return run("clearml.cli.data", *words)


def clearml_task(*words: str) -> str:
    return run("clearml.cli.task", *words)


def clearml_serving(*words: str) -> str:
    return run("clearml_serving", "--yes", *words)
