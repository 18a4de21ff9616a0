"""The clearml-serving command: a control plane, models of two kinds, a canary, metrics, and the lists of all."""

import re
from pathlib import Path

from command_line import clearml_serving
from clearml import InputModel, Model, Task


def use(project: str) -> dict:
    created = clearml_serving("create", "--project", project, "--name", "control plane", "--tags", "acceptance")
    service = re.search(r"id=([0-9a-f]{32})", created).group(1)
    model = InputModel.import_model(weights_url="https://example.com/m.pkl", name="served", project=project)
    Path("preprocess.py").write_text("class Preprocess:\n    pass\n", encoding="utf-8")
    clearml_serving(
        *("--id", service, "model", "add", "--engine", "sklearn", "--endpoint", "animals", "--version", "1"),
        *("--model-id", model.id, "--preprocess", "preprocess.py"),
    )
    Path("weights.bin").write_bytes(b"weights")
    uploaded = clearml_serving(
        *("--id", service, "model", "upload", "--name", "uploaded", "--project", project, "--path", "weights.bin"),
        *("--framework", "scikitlearn", "--publish"),
    )
    clearml_serving(
        *("--id", service, "model", "auto-update", "--engine", "sklearn", "--endpoint", "newest"),
        *("--name", "uploaded", "--project", project, "--max-versions", "2", "--preprocess", "preprocess.py"),
    )
    clearml_serving(
        *("--id", service, "model", "canary", "--endpoint", "either", "--weights", "0.5", "0.5"),
        *("--input-endpoints", "animals/1", "newest/1"),
    )
    clearml_serving(
        *("--id", service, "metrics", "add", "--endpoint", "animals/1", "--log-freq", "1.0"),
        *("--variable-scalar", "x0=0,0.5,1", "--variable-enum", "kind=cat,dog"),
    )
    return {"service": service, "model": model.id, "upload": uploaded, "project": project}


def read_back(found: dict) -> None:
    service = found["service"]
    assert service in clearml_serving("list"), "not listed"
    models = clearml_serving("--id", service, "model", "list")
    for name in ("animals/1", "newest", "either", found["model"]):
        assert name in models, models
    metrics = clearml_serving("--id", service, "metrics", "list")
    assert "x0" in metrics and "kind" in metrics, metrics
    task = Task.get_task(task_id=service)
    assert "serving-control-plane" in task.get_system_tags().__str__().lower(), task.get_system_tags()
    assert task.artifacts, "the preprocessing code is an artifact of the control plane"
    [uploaded] = Model.query_models(project_name=found["project"], model_name="uploaded")
    assert uploaded.published
    clearml_serving("--id", service, "model", "remove", "--endpoint", "animals/1")
    assert '"animals/1"' not in clearml_serving("--id", service, "model", "list").split("Model Monitoring")[0]
