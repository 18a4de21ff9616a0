"""Artifacts of files: one file, a folder, a wildcard, an image, an address; deleting some of them."""

import os
from pathlib import Path

from clearml import Task
from PIL import Image


def use(project: str) -> dict:
    task = Task.init(project, "artifact files", reuse_last_task_id=False)
    Path("folder/inner").mkdir(parents=True)
    Path("folder/one.txt").write_text("one", encoding="utf-8")
    Path("folder/inner/two.txt").write_text("two", encoding="utf-8")
    Path("a name with spaces & ünïcode.txt").write_text("named", encoding="utf-8")
    task.upload_artifact("file", "folder/one.txt")
    task.upload_artifact("path", Path("a name with spaces & ünïcode.txt"))
    task.upload_artifact("folder", "folder")
    task.upload_artifact("wildcard", os.path.join("folder", "*.txt"))
    task.upload_artifact("image", Image.new("RGB", (5, 5), "blue"))
    task.upload_artifact("address", "https://example.com/data.csv")
    task.upload_artifact("unwanted", {"gone": True}, wait_on_upload=True)
    task.flush(wait_for_uploads=True)
    assert task.delete_artifacts(["unwanted"])
    task.close()
    return {"task": task.id}


def read_back(found: dict) -> None:
    artifacts = Task.get_task(task_id=found["task"]).artifacts
    assert Path(artifacts["file"].get_local_copy()).read_text(encoding="utf-8") == "one"
    assert Path(artifacts["path"].get_local_copy()).read_text(encoding="utf-8") == "named"
    folder = Path(artifacts["folder"].get_local_copy())
    assert (folder / "inner" / "two.txt").read_text(encoding="utf-8") == "two", list(folder.rglob("*"))
    wildcard = Path(artifacts["wildcard"].get_local_copy())
    assert sorted(path.name for path in wildcard.rglob("*.txt")) == ["one.txt", "two.txt"]
    assert artifacts["image"].get().size == (5, 5)
    assert artifacts["address"].url == "https://example.com/data.csv"
    assert "unwanted" not in artifacts, artifacts.keys()
