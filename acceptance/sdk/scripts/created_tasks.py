"""Tasks made without running anything: from a script on disk, from a repository, from a function."""

from pathlib import Path

from clearml import Task


def double(value: int) -> int:
    return value * 2


def use(project: str) -> dict:
    Path("script.py").write_text("print('hello')\n", encoding="utf-8")
    Path("requirements.txt").write_text("numpy>=1\n", encoding="utf-8")
    script = Task.create(
        project,
        "created from script",
        script="script.py",
        requirements_file="requirements.txt",
        argparse_args=[("epochs", "3")],
        docker="python:3.11",
        add_task_init_call=False,
    )
    repository = Task.create(
        project,
        "created from repository",
        repo="https://example.com/repository.git",
        branch="main",
        script="train.py",
        packages=["numpy", "pandas==2.0.0"],
        add_task_init_call=False,
    )
    main = Task.init(project, "created by function", reuse_last_task_id=False)
    function = main.create_function_task(double, func_name="double", task_name="created from function", value=21)
    main.close()
    return {"script": script.id, "repository": repository.id, "function": function.id, "main": main.id}


def read_back(found: dict) -> None:
    script = Task.get_task(task_id=found["script"])
    assert "print('hello')" in script.data.script.diff and script.get_status() == "created"
    assert script.get_parameters()["Args/epochs"] == "3"
    assert "numpy" in str(script.data.script.requirements), script.data.script.requirements
    repository = Task.get_task(task_id=found["repository"]).data.script
    assert repository.repository == "https://example.com/repository.git" and repository.entry_point == "train.py"
    assert "pandas==2.0.0" in str(repository.requirements), repository.requirements
    function = Task.get_task(task_id=found["function"])
    assert function.parent == found["main"] and function.get_status() == "created"
    assert "21" in function.get_parameters().values() or function.artifacts, function.get_parameters()
