"""A pipeline that clones existing tasks and runs the copies with other parameters, one after the other."""

from pathlib import Path

from clearml import PipelineController, Task

PROGRAM = """
from clearml import Task
task = Task.init()
values = task.connect({"factor": 1, "source": ""})
task.upload_artifact("product", {"value": 7 * int(values["factor"])}, wait_on_upload=True)
"""


def use(project: str) -> dict:
    Path("step.py").write_text(PROGRAM, encoding="utf-8")
    template = Task.create(project, "pipeline template", script="step.py", add_task_init_call=False)
    template.set_parameters({"General/factor": 1, "General/source": ""})
    pipeline = PipelineController(name="tasks", project=project, version="2.0.0")
    pipeline.add_parameter("factor", 6)
    pipeline.add_step(
        "first", base_task_id=template.id, parameter_override={"General/factor": "${pipeline.factor}"}
    )
    pipeline.add_step(
        "second",
        parents=["first"],
        base_task_project=project,
        base_task_name="pipeline template",
        parameter_override={"General/source": "${first.id}"},
    )
    pipeline.start_locally(run_pipeline_steps_locally=True)
    steps = {name: node.executed for name, node in pipeline.get_processed_nodes().items()}
    found = {"controller": pipeline.id, "steps": steps, "template": template.id}
    pipeline.stop()
    return found


def read_back(found: dict) -> None:
    assert Task.get_task(task_id=found["controller"]).get_status() == "completed"
    first, second = (Task.get_task(task_id=found["steps"][name]) for name in ("first", "second"))
    assert first.artifacts["product"].get() == {"value": 42}
    assert second.artifacts["product"].get() == {"value": 7}
    assert second.get_parameters()["General/source"] == found["steps"]["first"]
    assert Task.get_task(task_id=found["template"]).get_status() == "created"
