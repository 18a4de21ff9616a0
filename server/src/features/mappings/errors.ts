/** A mapping cannot be written: the named field is wrong (`invalid`) or its value is taken (`conflict`). */
export class MappingError extends Error {
  readonly reason: 'invalid' | 'conflict';
  readonly field: string;

  /** @param message what is wrong and how to mend it; it starts with the field's name */
  constructor(reason: 'invalid' | 'conflict', field: string, message: string) {
    super(message);
    this.name = 'MappingError';
    this.reason = reason;
    this.field = field;
  }
}
