"""StorageManager on the file server: upload, download, existence, size, sub-folders, odd names."""

from pathlib import Path

from clearml import StorageManager, Task


def use(project: str) -> dict:
    task = Task.create(project, "storage")
    server = task._get_default_report_storage_uri() if hasattr(task, "_get_default_report_storage_uri") else None
    root = f"{server or task.get_output_destination()}/storage/{task.id}"
    Path("data").mkdir()
    Path("data/a b+c%.txt").write_text("odd name", encoding="utf-8")
    Path("data/large.bin").write_bytes(bytes(3_000_000))
    odd = StorageManager.upload_file("data/a b+c%.txt", f"{root}/a b+c%.txt")
    large = StorageManager.upload_file("data/large.bin", f"{root}/deep/er/large.bin")
    return {"odd": odd, "large": large}


def read_back(found: dict) -> None:
    copy = StorageManager.get_local_copy(found["odd"])
    assert Path(copy).read_text(encoding="utf-8") == "odd name", copy
    large = StorageManager.get_local_copy(found["large"])
    assert Path(large).stat().st_size == 3_000_000
    assert StorageManager.exists_file(found["large"])
    assert not StorageManager.exists_file(found["large"] + ".none")
    assert StorageManager.get_file_size_bytes(found["large"]) == 3_000_000
