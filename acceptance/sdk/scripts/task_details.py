"""What describes a task: name, type, comment, tags, parent, container, script, packages, resources, credentials-free links."""

from clearml import Task


def use(project: str) -> dict:
    parent = Task.create(project, "details parent")
    task = Task.create(project, "details", task_type=Task.TaskTypes.testing)
    task.set_name("details renamed")
    task.set_comment("a comment\nof two lines ✓")
    task.set_tags(["one", "two"])
    task.add_tags(["three"])
    task.set_parent(parent.id)
    task.set_base_docker("python:3.11", docker_arguments=["--shm-size", "1g"], docker_setup_bash_script="echo ready")
    task.set_script(
        repository="https://example.com/repository.git",
        branch="main",
        commit="0123456789abcdef0123456789abcdef01234567",
        working_dir="src",
        entry_point="train.py",
        diff="",
    )
    task.set_random_seed(7)
    task.set_task_type(Task.TaskTypes.inference)
    return {"task": task.id, "parent": parent.id, "project": project}


def read_back(found: dict) -> None:
    task = Task.get_task(task_id=found["task"])
    assert task.name == "details renamed" and str(task.task_type) == "inference"
    assert task.comment == "a comment\nof two lines ✓"
    assert sorted(task.get_tags()) == ["one", "three", "two"], task.get_tags()
    assert task.parent == found["parent"] and task.get_project_name() == found["project"]
    assert task.get_base_docker().split()[0] == "python:3.11", task.get_base_docker()
    script = task.get_script()
    assert script["branch"] == "main" and script["working_dir"] == "src", script
    assert script["entry_point"] == "train.py", script
    exported = task.export_task()
    assert exported["container"]["setup_shell_script"] == "echo ready", exported["container"]
