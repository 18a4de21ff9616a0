import { constants } from 'node:fs';
import { copyFile, open, rm, stat } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';

const tries = 5;
const pauseMs = 200;

type CopyPart = (from: string, to: string) => Promise<void>;
const copyPart: CopyPart = (from, to) => copyFile(from, to, constants.COPYFILE_FICLONE);

/**
 * Copies a SQLite database that another program may write to meanwhile: what is copied is all of one moment, with no transaction
 * half written.
 *
 * @param copyOne copies one file
 * @throws Error when the file is not there, or no such moment came
 */
export async function copyDatabase(path: string, copy: string, copyOne = copyPart): Promise<void> {
  for (let attempt = 1; attempt <= tries; attempt++) {
    const before = await stateOf(path);
    await copyOne(path, copy);
    // What was committed but not yet written into the file itself. That of an earlier try must not stay when there is none any more.
    await rm(`${copy}-wal`, { force: true });
    await ifThere(copyOne(`${path}-wal`, `${copy}-wal`));
    const isWhole = !(await isUnfinished(`${path}-journal`));
    if (isWhole && (await stateOf(path)) === before) return;
    await setTimeout(pauseMs);
  }
  throw new Error(
    'another program is writing to it: stop that program, or try again later. If there is none, one was ended in the middle of it; ' +
      'then open the file once with the sqlite3 shell, which takes back what is half done',
  );
}

/** Tells whether anything was written between two looks. */
async function stateOf(path: string): Promise<string> {
  const states = ['', '-wal', '-journal'].map(async (part) => {
    const state = await ifThere(stat(path + part, { bigint: true }));
    return state && `${state.ino} ${state.size} ${state.mtimeNs}`;
  });
  return (await Promise.all(states)).join();
}

/**
 * Whether the journal is of a transaction that is not committed; with the commit it goes, or its beginning is cleared. The file may have
 * a part of the transaction then, which our SQLite would not take back: its library takes its own lock for that of the writer.
 */
async function isUnfinished(journal: string): Promise<boolean> {
  const file = await ifThere(open(journal));
  if (!file) return false;
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(1), 0, 1, 0);
    return bytesRead === 1 && buffer[0] !== 0;
  } finally {
    await file.close();
  }
}

async function ifThere<Result>(work: Promise<Result>): Promise<Result | undefined> {
  return work.catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    return undefined;
  });
}
