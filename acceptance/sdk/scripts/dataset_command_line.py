"""The clearml-data command: create, add, remove, close, sync, list, search, get, verify, compare, delete."""

import re
import shutil
from pathlib import Path

from command_line import clearml_data


def use(project: str) -> dict:
    Path("in/deep").mkdir(parents=True)
    Path("in/a.txt").write_text("a", encoding="utf-8")
    Path("in/deep/b.txt").write_text("b", encoding="utf-8")
    created = clearml_data("create", "--project", project, "--name", "by command", "--tags", "cli")
    first = re.search(r"id=([0-9a-f]{32})", created).group(1)
    clearml_data("add", "--id", first, "--files", "in")
    clearml_data("remove", "--id", first, "--files", "deep/b.txt")
    clearml_data("close", "--id", first)
    Path("in/c.txt").write_text("c", encoding="utf-8")
    synced = clearml_data(
        "sync", "--project", project, "--name", "by command", "--folder", "in", "--parents", first, "--tags", "cli"
    )
    second = re.search(r"id=([0-9a-f]{32})", synced).group(1)
    clearml_data("publish", "--id", first)
    return {"first": first, "second": second, "project": project}


def read_back(found: dict) -> None:
    first, second, project = found["first"], found["second"], found["project"]
    listed = clearml_data("list", "--id", second)
    assert "c.txt" in listed and "b.txt" in listed, listed
    assert "b.txt" not in clearml_data("list", "--id", first)
    search = ("search", "--project", project, "--name", "by command", "--tags", "cli")
    assert "1.0.1" in clearml_data(*search)
    shutil.rmtree("copy", ignore_errors=True)
    clearml_data("get", "--id", second, "--copy", "copy")
    assert Path("copy/deep/b.txt").read_text(encoding="utf-8") == "b"
    assert "no errors found" in clearml_data("verify", "--id", second, "--folder", "copy")
    assert "c.txt" in clearml_data("compare", "--source", first, "--target", second, "--verbose")
    clearml_data("delete", "--id", second, "--force")
    left = clearml_data(*search)
    assert "1.0.0" in left and "1.0.1" not in left, left
