"""A pipeline in which a step fails: tried again, told to callbacks, its followers left out, the others completed."""

from clearml import PipelineController, Task


def good(value: int) -> int:
    return int(value) + 1


def broken(value: int) -> int:
    raise ValueError(f"broken on purpose with {value}")


def after(value: int) -> int:
    return value


def use(project: str) -> dict:
    seen = {"created": [], "completed": [], "changed": []}
    pipeline = PipelineController(
        name="failures", project=project, version="1.0.0", abort_on_failure=False, add_pipeline_tags=True
    )
    def allow(_, node, parameters) -> bool:
        seen["created"].append(node.name)
        return node.name != "unwanted"

    options = {
        "pre_execute_callback": allow,
        "post_execute_callback": lambda _, node: seen["completed"].append(node.name),
        "status_change_callback": lambda _, node, before: seen["changed"].append(node.name),
    }
    pipeline.add_function_step(
        "good",
        function=good,
        function_kwargs={"value": 1},
        function_return=["value"],
        tags=["fine"],
        **options,
    )
    pipeline.add_function_step(
        "broken",
        function=broken,
        function_kwargs={"value": 2},
        function_return=["value"],
        retry_on_failure=1,
        **options,
    )
    pipeline.add_function_step("after", function=after, function_kwargs={"value": "${broken.value}"}, **options)
    pipeline.add_function_step("unwanted", function=after, function_kwargs={"value": 3}, **options)
    pipeline.start_locally(run_pipeline_steps_locally=True)
    found = {"controller": pipeline.id, "seen": seen, "successful": pipeline.is_successful()}
    pipeline.stop()
    return found


def read_back(found: dict) -> None:
    seen = found["seen"]
    assert not found["successful"]
    # Read straight from the server, because Task.get_tasks leaves out what belongs to pipelines.
    steps = Task.query_tasks(
        task_filter={"parent": found["controller"], "search_hidden": True},
        additional_return_fields=["name", "status", "status_reason", "tags"],
    )
    assert {step["name"]: str(step["status"]) for step in steps} == {"good": "completed", "broken": "failed"}, steps
    [good_step] = [step for step in steps if step["name"] == "good"]
    assert "fine" in good_step["tags"], good_step
    assert sorted(seen["created"]) == ["broken", "good", "unwanted"], seen
    assert sorted(seen["completed"]) == ["broken", "good"], seen
    assert {"good", "broken", "after"} <= set(seen["changed"]), seen
    controller = Task.get_task(task_id=found["controller"])
    assert controller.get_status() == "failed", controller.get_status()
    log = "".join(controller.get_reported_console_output(number_of_reports=100))
    assert "this is retry number 1" in log, log
