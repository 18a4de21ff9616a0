import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createTestFolder } from './folder.ts';

/** A real git repository in a temporary folder. */
export function createTestRepository(files: Record<string, string>) {
  const folder = createTestFolder();
  const git = (...args: string[]) => {
    const identity = ['-c', 'user.name=Test', '-c', 'user.email=test@example.org'];
    return execFileSync('git', ['-C', folder, ...identity, ...args], { encoding: 'utf8' });
  };
  const write = (name: string, text: string) => {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  };
  const commit = (changed: Record<string, string>) => {
    for (const [name, text] of Object.entries(changed)) write(name, text);
    git('add', '.');
    git('commit', '--quiet', '-m', 'change');
    return git('rev-parse', 'HEAD').trim();
  };
  git('init', '--quiet', '-b', 'main');
  return { address: `file://${folder}`, folder, git, write, commit, first: commit(files) };
}
