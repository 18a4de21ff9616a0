/**
 * Why a task cannot run, for the person who wrote it: what is wrong in one sentence and what to do about it. It becomes the
 * first line of the task's console and the reason of its failure; details are written to the console where they happen.
 */
export class TaskProblem extends Error {
  constructor(what: string, remedy: string) {
    super(`${what}: ${remedy}`);
    this.name = 'TaskProblem';
  }
}
