"""Train the demo model: handwritten digits, 8x8 pixels from 0 (paper) to 16 (ink), to the digit they show.

Usage: python train.py [--out FOLDER]

Writes model.onnx, metrics.json and the held-out samples under examples/. Fails, and writes nothing, when the accuracy on
the held-out digits is below MIN_ACCURACY or when ONNX Runtime and scikit-learn disagree on any of them.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import platform
import re
import sys
import warnings
from importlib.metadata import version
from pathlib import Path

import numpy as np
import onnxruntime
from skl2onnx import to_onnx
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import load_digits
from sklearn.metrics import confusion_matrix
from sklearn.model_selection import StratifiedGroupKFold, train_test_split
from sklearn.svm import SVC

SEED = 2026
HELD_OUT = 0.2
MIN_ACCURACY = 0.97
SAMPLES_PER_DIGIT = 10
SIDE = 8
# Name: digit, and which of its held-out examples. Chosen by eye, because many of the fives look like an S at this size.
EXAMPLES = {"five": (5, 3), "seven": (7, 9)}
# Older than the newest on purpose: every ONNX Runtime of the last years loads it.
TARGET_OPSET = {"": 17, "ai.onnx.ml": 3}


def shifted(images: np.ndarray) -> np.ndarray:
    """Each image as it is and moved by one pixel in the four directions, so that a digit need not be centred exactly."""
    padded = np.pad(images.reshape(-1, SIDE, SIDE), ((0, 0), (1, 1), (1, 1)))
    corners = [(1, 1), (0, 1), (2, 1), (1, 0), (1, 2)]
    moved = [padded[:, top : top + SIDE, left : left + SIDE] for top, left in corners]
    return np.concatenate(moved).reshape(-1, SIDE * SIDE)


def train(images: np.ndarray, digits: np.ndarray) -> CalibratedClassifierCV:
    """A support vector machine whose scores are calibrated to probabilities."""
    inputs = shifted(images)
    copies = len(inputs) // len(images)
    labels = np.tile(digits, copies)
    # All copies of one digit stay in one fold; otherwise the calibration would be measured on digits it was fitted to.
    origin = np.tile(np.arange(len(images)), copies)
    folds = list(StratifiedGroupKFold(n_splits=5).split(inputs, labels, origin))
    machine = SVC(kernel="rbf", gamma=0.0004, C=10)
    return CalibratedClassifierCV(machine, ensemble=False, cv=folds).fit(inputs, labels)


def export(model: CalibratedClassifierCV) -> bytes:
    """The model as ONNX: input `X` [n, 64] float32, outputs `label` [n] int64 and `probabilities` [n, 10] float32."""
    example = np.zeros((1, SIDE * SIDE), dtype=np.float32)
    # skl2onnx still reads attributes that scikit-learn has deprecated.
    warnings.filterwarnings("ignore", category=FutureWarning, module="sklearn")
    onnx_model = to_onnx(model, example, name="digits", options={"zipmap": False}, target_opset=TARGET_OPSET)
    return onnx_model.SerializeToString(deterministic=True)


def predict(onnx_bytes: bytes, images: np.ndarray) -> np.ndarray:
    session = onnxruntime.InferenceSession(onnx_bytes, providers=["CPUExecutionProvider"])
    return session.run(["label"], {"X": images.astype(np.float32)})[0]


def as_rows(image: np.ndarray) -> list[list[int]]:
    return image.reshape(SIDE, SIDE).astype(int).tolist()


def example(digit: int, nth: int, images: np.ndarray, digits: np.ndarray) -> dict:
    return {"image": as_rows(images[np.flatnonzero(digits == digit)[nth]])}


def samples(images: np.ndarray, digits: np.ndarray) -> list[dict]:
    """The first held-out examples of each digit, not chosen by how well the model does on them."""
    chosen = np.concatenate([np.flatnonzero(digits == digit)[:SAMPLES_PER_DIGIT] for digit in range(10)])
    return [{"image": as_rows(images[i]), "digit": int(digits[i])} for i in chosen]


def write_json(path: Path, value: object) -> None:
    """Indented by two, with each row of numbers on one line: the form the repository's formatter keeps."""
    text = json.dumps(value, indent=2)
    text = re.sub(r"\[[\s\d,]+\]", lambda row: re.sub(r"\s+", " ", row[0]).replace("[ ", "[").replace(" ]", "]"), text)
    path.write_text(text + "\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description="Train the digits demo model.")
    parser.add_argument("--out", type=Path, default=Path(__file__).resolve().parent, help="folder to write to")
    out: Path = parser.parse_args().out

    images, digits = load_digits(return_X_y=True)
    train_images, test_images, train_digits, test_digits = train_test_split(
        images, digits, test_size=HELD_OUT, stratify=digits, random_state=SEED
    )
    model = train(train_images, train_digits)
    onnx_bytes = export(model)
    labels = predict(onnx_bytes, test_images)

    if not np.array_equal(labels, model.predict(test_images)):
        sys.exit("ONNX Runtime and scikit-learn disagree on held-out digits: the conversion is not faithful.")
    accuracy = float(np.mean(labels == test_digits))
    if accuracy < MIN_ACCURACY:
        sys.exit(f"Held-out accuracy {accuracy:.4f} is below {MIN_ACCURACY}.")
    moved_labels = predict(onnx_bytes, shifted(test_images))
    moved_accuracy = float(np.mean(moved_labels == np.tile(test_digits, len(moved_labels) // len(test_digits))))

    (out / "examples").mkdir(parents=True, exist_ok=True)
    (out / "model.onnx").write_bytes(onnx_bytes)
    for name, (digit, nth) in EXAMPLES.items():
        write_json(out / "examples" / f"{name}.json", example(digit, nth, test_images, test_digits))
    write_json(out / "examples" / "held-out.json", samples(test_images, test_digits))
    write_json(
        out / "metrics.json",
        {
            "accuracy": round(accuracy, 4),
            "accuracy_moved_by_one_pixel": round(moved_accuracy, 4),
            "held_out": len(test_digits),
            "trained_on": len(train_digits),
            "seed": SEED,
            # Row: the digit shown, column: the digit answered.
            "confusion": confusion_matrix(test_digits, labels).tolist(),
            "model_bytes": len(onnx_bytes),
            "model_sha256": hashlib.sha256(onnx_bytes).hexdigest(),
            "versions": {
                "python": platform.python_version(),
                **{name: version(name) for name in ("scikit-learn", "numpy", "skl2onnx", "onnx", "onnxruntime")},
            },
        },
    )
    print(f"Held-out accuracy {accuracy:.4f} on {len(test_digits)} digits; {len(onnx_bytes)} bytes written to {out}")


if __name__ == "__main__":
    main()
