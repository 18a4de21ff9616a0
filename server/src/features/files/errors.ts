/** A refusal of the file server. Its text is the whole answer: the SDK shows it to the person who uploads. */
export class FileError extends Error {
  readonly status: number;

  /** @param cause for the log, where the text says less than is known */
  constructor(status: 400 | 403 | 404 | 409 | 413 | 503 | 507, message: string, cause?: unknown) {
    super(message, cause === undefined ? {} : { cause });
    this.status = status;
  }
}

/** The bucket of the settings cannot be used; the message says why and which setting to look at. */
export class ObjectStoreError extends Error {}
