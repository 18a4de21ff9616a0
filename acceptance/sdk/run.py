"""
Runs the scripts of scripts/ for the tests. Each script is a module with two functions: use(project) works with the SDK as
people do and answers what the other process has to know, read_back(found) asserts on what that other process reads.

    run.py use <script> <project>     prints {"found": …}
    run.py read <file>                the file holds {script: found}; prints one line {"script": …, "error": … or null} each

A script may say which SDK it needs: SINCE = ("2.0", "why"). For an older one, "use" prints {"not_in_this_release": why}.
"""

import importlib
import json
import os
import sys
import traceback

for folder in ("lib", "scripts"):
    sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), folder))


def numbers(version: str) -> list:
    return [int(part) for part in version.split(".")[:2]]


def use(name: str, project: str) -> None:
    from clearml import __version__

    # A script that reads its arguments sees none of ours.
    sys.argv = [name]
    script = importlib.import_module(name)
    since, why = getattr(script, "SINCE", ("0.0", ""))
    if numbers(__version__) < numbers(since):
        print(json.dumps({"not_in_this_release": why}), flush=True)
        return
    print(json.dumps({"found": script.use(project)}), flush=True)


def read(file: str) -> None:
    with open(file, encoding="utf-8") as source:
        scripts = json.load(source)
    for name, found in scripts.items():
        error = None
        try:
            importlib.import_module(name).read_back(found)
        except Exception:
            error = traceback.format_exc()
        print(json.dumps({"script": name, "error": error}), flush=True)


if __name__ == "__main__":
    {"use": use, "read": read}[sys.argv[1]](*sys.argv[2:])
