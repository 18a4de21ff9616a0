"""A pipeline kept as a draft, found again by its name, and put into a queue."""

from clearml import PipelineController, Task
from clearml.backend_api.session.client import APIClient


def step(size: int) -> int:
    return size


def use(project: str) -> dict:
    queue = f"pipelines of {project}"
    APIClient().queues.create(name=queue)
    pipeline = PipelineController(name="draft", project=project, version="3.1.0", add_pipeline_tags=True)
    pipeline.add_parameter("size", 4, description="how many", param_type="int")
    pipeline.connect_configuration({"depth": 3}, name="settings")
    pipeline.set_default_execution_queue(queue)
    pipeline.add_function_step("only", function=step, function_kwargs={"size": "${pipeline.size}"})
    pipeline.add_tags(["kept"])
    pipeline.create_draft()
    found = PipelineController.get(pipeline_project=project, pipeline_name="draft")
    assert found.id == pipeline.id, (found.id, pipeline.id)
    PipelineController.enqueue(found, queue_name=queue)
    return {"pipeline": pipeline.id, "queue": queue, "project": project}


def read_back(found: dict) -> None:
    pipeline = PipelineController.get(pipeline_id=found["pipeline"])
    assert "kept" in pipeline.tags and list(pipeline.get_pipeline_dag()) == ["only"], pipeline.get_pipeline_dag()
    task = Task.get_task(task_id=found["pipeline"])
    assert task.get_status() == "queued" and str(task.task_type) == "controller"
    assert task.get_project_name() == f'{found["project"]}/.pipelines/draft', task.get_project_name()
    assert task.get_parameters()["Args/size"] == "4", task.get_parameters()
    assert task.get_configuration_object_as_dict("settings") == {"depth": 3}
    [queue] = APIClient().queues.get_all(name=f'^{found["queue"]}$')
    assert [entry.task for entry in queue.entries] == [found["pipeline"]]
