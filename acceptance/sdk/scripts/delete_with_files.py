"""Deleting a task together with its artifacts, models and debug images on the file server."""

from pathlib import Path

import numpy as np
from clearml import OutputModel, Task
from clearml.storage.helper import StorageHelper


def use(project: str) -> dict:
    task = Task.init(project, "deleted", reuse_last_task_id=False, output_uri=True)
    task.upload_artifact("values", {"a": 1}, wait_on_upload=True)
    Path("weights.bin").write_bytes(b"weights")
    model = OutputModel(task=task, name="deleted model")
    weights = model.update_weights("weights.bin", auto_delete_file=False)
    task.get_logger().report_image("images", "one", iteration=0, image=np.zeros((4, 4, 3), dtype=np.uint8))
    task.flush(wait_for_uploads=True)
    task.close()
    task = Task.get_task(task_id=task.id)
    [image] = task.get_debug_samples("images", "one")
    addresses = [task.artifacts["values"].url, weights, image["url"]]
    for address in addresses:
        assert StorageHelper.get(address).exists_file(address), address
    assert task.delete(delete_artifacts_and_models=True, skip_models_used_by_other_tasks=True, raise_on_error=True)
    return {"task": task.id, "addresses": addresses, "project": project}


def read_back(found: dict) -> None:
    assert not Task.query_tasks(project_name=found["project"], task_name="^deleted$")
    left = [address for address in found["addresses"] if StorageHelper.get(address).exists_file(address)]
    assert not left, left
