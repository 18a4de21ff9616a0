"""Models that a task starts from: imported by address, connected, replaced, disconnected."""

from clearml import InputModel, Model, Task


def use(project: str) -> dict:
    task = Task.init(project, "input models", reuse_last_task_id=False)
    address = "https://example.com/weights.onnx"
    imported = InputModel.import_model(
        weights_url=address,
        name="imported",
        project=project,
        tags=["outside"],
        comment="not ours",
        framework="ONNX",
        config_dict={"layers": 2},
        label_enumeration={"no": 0, "yes": 1},
    )
    task.connect(imported, name="base")
    again = InputModel.import_model(weights_url=address)
    assert again.id == imported.id
    other = InputModel.import_model(weights_url="https://example.com/other.onnx", name="other", project=project)
    task.set_input_model(model_id=other.id, name="second")
    third = InputModel.import_model(weights_url="https://example.com/third.onnx", name="third", project=project)
    task.set_input_model(model_id=third.id, name="third")
    task.remove_input_models([third.id])
    task.close()
    return {"task": task.id, "imported": imported.id, "other": other.id}


def read_back(found: dict) -> None:
    task = Task.get_task(task_id=found["task"])
    inputs = task.models["input"]
    assert inputs["base"].id == found["imported"] and inputs["second"].id == found["other"], list(inputs)
    assert len(inputs) == 2, list(inputs)
    assert task.get_models()["input"][0].id in found.values()
    model = Model(model_id=found["imported"])
    assert model.url == "https://example.com/weights.onnx" and model.framework == "ONNX"
    assert model.config_dict == {"layers": 2} and model.labels == {"no": 0, "yes": 1}
    assert InputModel(name="imported", only_published=False).id == found["imported"]
