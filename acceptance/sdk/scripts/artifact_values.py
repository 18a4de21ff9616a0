"""Artifacts of values: dictionary, array, data frame, text, list, any picklable object; formats, preview, metadata."""

import datetime
import json

import numpy as np
import pandas
from clearml import Task


def use(project: str) -> dict:
    task = Task.init(project, "artifact values", reuse_last_task_id=False)
    task.upload_artifact("dictionary", {"a": [1, 2], "b": {"c": None}}, metadata={"kind": "dict", "size": 2})
    task.upload_artifact("array", np.arange(12).reshape(3, 4))
    task.upload_artifact("frame", pandas.DataFrame({"x": [1, 2], "y": ["a", "b"]}))
    task.upload_artifact("list", [1, "two", None], auto_pickle=True)
    task.upload_artifact("yaml", {"a": {"b": [1, 2]}}, extension_name=".yaml")
    task.upload_artifact("table", pandas.DataFrame({"x": [3, 4]}), extension_name=".pickle")
    task.upload_artifact("own", {1, 2}, serialization_function=lambda value: repr(sorted(value)).encode())
    task.upload_artifact("text", "a text ✓\nof two lines", preview="first words")
    task.upload_artifact("date", datetime.date(2024, 2, 29), auto_pickle=True)
    task.upload_artifact("twice", {"version": 1}, wait_on_upload=True)
    task.upload_artifact("twice", {"version": 2}, wait_on_upload=True)
    task.flush(wait_for_uploads=True)
    task.close()
    return {"task": task.id}


def read_back(found: dict) -> None:
    artifacts = Task.get_task(task_id=found["task"]).artifacts
    assert artifacts["dictionary"].get() == {"a": [1, 2], "b": {"c": None}}
    assert artifacts["dictionary"].metadata == {"kind": "dict", "size": "2"}, artifacts["dictionary"].metadata
    assert artifacts["array"].get().tolist() == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]]
    frame = artifacts["frame"].get()
    assert list(frame["x"]) == [1, 2] and list(frame["y"]) == ["a", "b"], frame
    assert "x" in artifacts["frame"].preview, artifacts["frame"].preview
    assert artifacts["list"].get() == [1, "two", None]
    assert artifacts["yaml"].get() == {"a": {"b": [1, 2]}} and artifacts["yaml"].url.endswith(".yaml")
    assert list(artifacts["table"].get()["x"]) == [3, 4] and artifacts["table"].url.endswith(".pickle")
    assert artifacts["own"].get(deserialization_function=lambda data: json.loads(data)) == [1, 2]
    assert artifacts["text"].get() == "a text ✓\nof two lines"
    assert artifacts["text"].preview == "first words", artifacts["text"].preview
    assert artifacts["date"].get() == datetime.date(2024, 2, 29) and artifacts["date"].type == "pickle"
    assert artifacts["twice"].get() == {"version": 2}
    assert artifacts["array"].size > 0 and len(artifacts["array"].hash) == 64
    assert artifacts["array"].timestamp is not None
