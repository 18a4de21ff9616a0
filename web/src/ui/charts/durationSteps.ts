const DAY_S = 86_400;

/** Whole parts of seconds, minutes, hours and days, and round numbers of them. */
const seconds: readonly number[] = [
  ...[0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5],
  ...[1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800],
  ...[3600, 7200, 14_400, 21_600, 43_200],
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500].map((days) => days * DAY_S),
];

/** Distances that the labels of durations may have, in the unit of the values: 5 minutes, and not 5 minutes and 33 seconds. */
export const durationSteps = { s: seconds, ms: seconds.map((step) => step * 1000) } as const;
