"""Models that a task makes: weights, a package of files, design, labels, tags, metadata, two versions of the same."""

from pathlib import Path

from clearml import Model, OutputModel, Task


def use(project: str) -> dict:
    task = Task.init(project, "output models", reuse_last_task_id=False, output_uri=True)
    Path("weights.bin").write_bytes(b"first")
    model = OutputModel(
        task=task,
        name="classifier",
        framework="PyTorch",
        tags=["fresh"],
        comment="made by a script",
        label_enumeration={"cat": 0, "dog": 1},
        config_dict={"depth": 3},
    )
    model.update_weights("weights.bin", iteration=1, auto_delete_file=False)
    model.wait_for_uploads()
    Path("weights.bin").write_bytes(b"second")
    model.update_weights("weights.bin", iteration=2, auto_delete_file=False)
    model.wait_for_uploads()
    model.set_metadata("accuracy", "0.75", "float")
    model.set_metadata("gone", "x", "str")
    model.set_all_metadata({"author": {"type": "str", "value": "us"}}, replace=False)
    model.tags = ["fresh", "tested"]

    Path("parts").mkdir()
    for name in ("a.bin", "b.bin"):
        Path("parts", name).write_bytes(name.encode())
    package = OutputModel(task=task, name="package")
    package.update_weights_package(weights_path="parts", auto_delete_file=False)
    task.flush(wait_for_uploads=True)
    task.close()
    return {"task": task.id, "model": model.id, "package": package.id, "project": project}


def read_back(found: dict) -> None:
    model = Model(model_id=found["model"])
    assert Path(model.get_local_copy()).read_bytes() == b"second"
    assert (model.name, model.framework) == ("classifier", "PyTorch") and "made by a script" in model.comment
    assert model.labels == {"cat": 0, "dog": 1} and model.config_dict == {"depth": 3}, model.config_dict
    assert sorted(model.tags) == ["fresh", "tested"] and model.task == found["task"]
    assert model.get_metadata("accuracy") == "0.75" and model.get_metadata_casted("accuracy") == 0.75
    assert model.get_all_metadata()["author"]["value"] == "us"
    assert model.project == Task.get_project_id(found["project"])
    package = Model(model_id=found["package"])
    names = sorted(Path(path).name for path in package.get_weights_package(return_path=False))
    assert names == ["a.bin", "b.bin"], names
    outputs = [entry.id for entry in Task.get_task(task_id=found["task"]).models["output"]]
    assert {found["model"], found["package"]} <= set(outputs), outputs
