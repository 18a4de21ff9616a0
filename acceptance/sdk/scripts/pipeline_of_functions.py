"""A pipeline whose steps are functions, with parameters, a value handed on, and a step that is cached."""

from clearml import PipelineController, Task


def load(size: int) -> list:
    return list(range(int(size)))


def total(values: list, factor: int) -> int:
    from clearml import Logger

    result = sum(values) * int(factor)
    Logger.current_logger().report_scalar("total", "value", value=result, iteration=0)
    return result


def use(project: str) -> dict:
    pipeline = PipelineController(name="functions", project=project, version="1.0.0", add_pipeline_tags=True)
    pipeline.add_parameter("size", 4, description="how many")
    pipeline.add_function_step(
        "load", function=load, function_kwargs={"size": "${pipeline.size}"}, function_return=["values"]
    )
    pipeline.add_function_step(
        "total",
        function=total,
        function_kwargs={"values": "${load.values}", "factor": 10},
        function_return=["result"],
        monitor_metrics=[("total", "value")],
        cache_executed_step=True,
    )
    pipeline.start_locally(run_pipeline_steps_locally=True)
    steps = {name: node.executed for name, node in pipeline.get_processed_nodes().items()}
    found = {"controller": pipeline.id, "steps": steps, "project": project}
    pipeline.stop()
    return found


def read_back(found: dict) -> None:
    controller = Task.get_task(task_id=found["controller"])
    assert controller.get_status() == "completed", controller.get_status()
    assert controller.get_parameters()["Args/size"] == "4"
    total_step = Task.get_task(task_id=found["steps"]["total"])
    assert total_step.get_parameters()["return/result"] == "60"
    assert total_step.parent == found["controller"] and total_step.get_status() == "completed"
    assert Task.get_task(task_id=found["steps"]["load"]).artifacts["values"].get() == [0, 1, 2, 3]
    assert "total" in controller.get_reported_scalars(), controller.get_reported_scalars().keys()
    assert any("pipe:" in tag for tag in total_step.get_tags()), total_step.get_tags()
