/** Settings that make no sense; `exitCode` is 0 when only help was asked for. */
export class ConfigError extends Error {
  readonly faults: string[];
  readonly exitCode: number;

  constructor(faults: string[], exitCode = 1) {
    super(faults.join('\n'));
    this.faults = faults;
    this.exitCode = exitCode;
  }
}
