/** A refusal of the file server. Its text is the whole answer: the SDK shows it to the person who uploads. */
export class FileError extends Error {
  readonly status: number;

  constructor(status: 400 | 403 | 404 | 409 | 413 | 507, message: string) {
    super(message);
    this.status = status;
  }
}
