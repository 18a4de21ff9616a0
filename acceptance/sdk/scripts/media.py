"""Media: a stream, a file and an address."""

import io

from clearml import StorageManager, Task


def use(project: str) -> dict:
    task = Task.init(project, "media", reuse_last_task_id=False)
    logger = task.get_logger()
    logger.report_media("media", "stream", iteration=0, stream=io.BytesIO(b"<b>page</b>"), file_extension=".html")
    with open("sound.wav", "wb") as sound:
        sound.write(b"RIFF....WAVE")
    logger.report_media("media", "file", iteration=1, local_path="sound.wav")
    logger.report_media("media", "address", iteration=0, url="https://example.com/film.mp4")
    task.flush(wait_for_uploads=True)
    task.close()
    return {"task": task.id}


def read_back(found: dict) -> None:
    task = Task.get_task(task_id=found["task"])
    [stream] = task.get_debug_samples("media", "stream")
    with open(StorageManager.get_local_copy(stream["url"]), "rb") as page:
        assert page.read() == b"<b>page</b>"
    [file] = task.get_debug_samples("media", "file")
    assert file["iter"] == 1 and file["url"].endswith(".wav"), file
    [address] = task.get_debug_samples("media", "address")
    assert address["url"] == "https://example.com/film.mp4"
