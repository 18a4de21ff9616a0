"""The clearml-data command, changing what exists: links, description, upload in chunks, squash, rename, move."""

import os
import re
from pathlib import Path

from clearml import Dataset, StorageManager, Task
from command_line import clearml_data

ID = re.compile(r"id=([0-9a-f]{32})")


def use(project: str) -> dict:
    Path("in").mkdir()
    for name in ("a.bin", "b.bin", "c.bin"):
        Path("in", name).write_bytes(os.urandom(700_000))
    created = clearml_data("create", "--project", project, "--name", "to change", "--version", "2.0.0")
    first = ID.search(created).group(1)
    clearml_data("add", "--id", first, "--files", "in")
    linked = f"{Dataset.get(dataset_id=first).get_default_storage()}/elsewhere/{first}/linked.txt"
    Path("linked.txt").write_text("linked", encoding="utf-8")
    StorageManager.upload_file("linked.txt", linked)
    clearml_data("add", "--id", first, "--links", linked)
    clearml_data("set-description", "--id", first, "--description", "said by the command")
    clearml_data("upload", "--id", first, "--chunk-size", "1")
    clearml_data("close", "--id", first)
    Path("d.txt").write_text("d", encoding="utf-8")
    child = ID.search(clearml_data("create", "--project", project, "--name", "child", "--parents", first)).group(1)
    clearml_data("add", "--id", child, "--files", "d.txt")
    clearml_data("close", "--id", child)
    clearml_data("squash", "--name", "squashed", "--ids", first, child)
    clearml_data("rename", "--project", project, "--name", "to change", "--new-name", "changed")
    clearml_data("move", "--project", project, "--name", "child", "--new-project", f"{project}/moved")
    return {"first": first, "child": child, "project": project}


def read_back(found: dict) -> None:
    project = found["project"]
    first = Dataset.get(dataset_id=found["first"])
    assert first.version == "2.0.0"
    # What the SDK renames is the project of the versions: Dataset.get would not find them by the new name.
    assert Task.get_task(task_id=first.id).get_project_name() == f"{project}/.datasets/changed"
    assert first.get_num_chunks() >= 2, "files of 2.1 MB in chunks of 1 MB"
    assert sorted(first.list_files()) == ["a.bin", "b.bin", "c.bin", "linked.txt"], first.list_files()
    folder = Path(first.get_local_copy())
    assert (folder / "linked.txt").read_text(encoding="utf-8") == "linked"
    assert (folder / "c.bin").stat().st_size == 700_000
    assert Dataset.get(dataset_project=f"{project}/moved", dataset_name="child").id == found["child"]
    assert "said by the command" in str(first._task.comment), first._task.comment
    [squashed] = Dataset.list_datasets(partial_name="squashed", dataset_project=project)
    assert "d.txt" in Dataset.get(dataset_id=squashed["id"]).list_files()
