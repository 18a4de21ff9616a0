"""A search over hyper-parameters, run on this machine: what the three scripts about it share."""

from pathlib import Path

from clearml import Task
from clearml.automation import HyperParameterOptimizer

PROGRAM = """
from clearml import Task
task = Task.init()
values = task.connect({"x": 0, "y": 0})
score = -((float(values["x"]) - 2) ** 2) - float(values["y"])
for step in range(2):
    task.get_logger().report_scalar("score", "final", value=score, iteration=step)
"""


def search(project: str, name: str, strategy, parameters: list, jobs: int, **options) -> dict:
    """Runs at most `jobs` copies of a template and answers the controller's id and the best copies', best first."""
    Path("trial.py").write_text(PROGRAM, encoding="utf-8")
    template = Task.create(project, f"{name} template", script="trial.py", add_task_init_call=False)
    template.set_parameters({"General/x": 0, "General/y": 0})
    task = Task.init(project, name, task_type=Task.TaskTypes.optimizer, reuse_last_task_id=False)
    optimizer = HyperParameterOptimizer(
        base_task_id=template.id,
        hyper_parameters=parameters,
        objective_metric_title="score",
        objective_metric_series="final",
        objective_metric_sign="max",
        max_number_of_concurrent_tasks=2,
        optimizer_class=strategy,
        total_max_jobs=jobs,
        pool_period_min=0.03,
        min_iteration_per_job=0,
        max_iteration_per_job=10,
        time_limit_per_job=3,
        **options,
    )
    optimizer.set_report_period(0.05)
    optimizer.start_locally()
    optimizer.set_time_limit(in_minutes=3)
    optimizer.wait()
    details = optimizer.get_top_experiments_details(top_k=1)
    best = [experiment.id for experiment in optimizer.get_top_experiments(top_k=3)]
    optimizer.stop()
    task.close()
    return {"controller": task.id, "template": template.id, "best": best, "details": details}


def trials(found: dict) -> list:
    return Task.get_tasks(task_filter={"parent": found["controller"]})
