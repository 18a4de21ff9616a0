"""Forecasts how full a car park will be: a straight line through the last hours, carried on.

Needs nothing but Python. Arno's agent passes the parameters as JSON in ARNO_PARAMS_FILE and stores what is written to
ARNO_RESULT_FILE as the artifact `result`, which the gateway gives back to the caller.
"""

import json
import os


def line_through(values):
    """Intercept and slope of the least-squares line through equally spaced values."""
    count = len(values)
    mean_x = (count - 1) / 2
    mean_y = sum(values) / count
    spread = sum((x - mean_x) ** 2 for x in range(count))
    slope = sum((x - mean_x) * (y - mean_y) for x, y in enumerate(values)) / spread
    return mean_y - slope * mean_x, slope


def main():
    with open(os.environ["ARNO_PARAMS_FILE"], encoding="utf-8") as file:
        parameters = json.load(file)
    # Parameters are texts, as the ClearML SDK stores them.
    occupied = [float(value) for value in json.loads(parameters["occupied"])]
    capacity = float(parameters["capacity"])
    hours = int(parameters["hours"])
    if len(occupied) < 2:
        raise SystemExit("occupied needs the numbers of at least two hours")
    if not 1 <= hours <= 168:
        raise SystemExit("hours must be from 1 to 168")

    intercept, slope = line_through(occupied)
    print(f"{len(occupied)} hours seen; the trend is {slope:+.1f} cars an hour")
    forecast = []
    for hour in range(1, hours + 1):
        cars = intercept + slope * (len(occupied) - 1 + hour)
        forecast.append(round(min(max(cars, 0), capacity), 1))
        print(f"in {hour} h: {forecast[-1]:.1f} of {capacity:.0f} places taken")

    result = {"forecast": forecast, "trend_per_hour": round(slope, 2), "full": forecast[-1] >= capacity}
    with open(os.environ["ARNO_RESULT_FILE"], "w", encoding="utf-8") as file:
        json.dump(result, file)


if __name__ == "__main__":
    main()
