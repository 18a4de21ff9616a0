import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createTestJob } from '../../test/job.ts';
import { createTestRepository } from '../../test/repository.ts';
import { checkAddress, checkOutRepository, publicAddress, type Revision } from './repository.ts';

function checkOut(address: string, revision: Revision, diff = '') {
  const { job, dir, lines, end } = createTestJob({});
  const root = join(job.folder, 'code');
  const folders = { root, task: job.folder, cache: join(dir, 'repositories') };
  const read = (name: string) => readFileSync(join(root, name), 'utf8');
  const run = (changed: Partial<Revision> = revision) =>
    checkOutRepository({ address, revision: changed, diff }, folders, job.tools);
  return { run, read, root, lines, end };
}

test.each([
  'https://host/a.git',
  'ssh://git@host:22/a.git',
  'git@host:team/a.git',
  'file:///srv/a.git',
  '/srv/a',
])('takes %s', (address) => expect(() => checkAddress(address)).not.toThrow());

test.each([
  'ext::sh -c touch% /tmp/x',
  '--upload-pack=touch /tmp/x',
  'fd::17',
  'ssh://-oProxyCommand=touch/x',
  'git@-oProxyCommand=x:a',
  'relative/path',
])('refuses %s', (address) => expect(() => checkAddress(address)).toThrow(/is not accepted/));

test('shows no password of an address', () => {
  expect(publicAddress('https://me:pw@host/a.git')).toBe('https://host/a.git');
});

test('checks out a commit, a tag, a branch or the default branch', async () => {
  const source = createTestRepository({ 'a.txt': 'one\n' });
  source.git('tag', 'v1');
  source.git('checkout', '--quiet', '-b', 'feature/x');
  source.commit({ 'a.txt': 'two\n' });
  source.git('checkout', '--quiet', 'main');
  source.commit({ 'a.txt': 'three\n' });
  for (const [revision, text] of [
    [{ commit: source.first, branch: 'main' }, 'one\n'],
    [{ tag: 'v1', branch: 'main' }, 'one\n'],
    [{ branch: 'feature/x' }, 'two\n'],
    [{}, 'three\n'],
  ] as [Revision, string][]) {
    const { run, read } = checkOut(source.address, revision);
    await run();
    expect(read('a.txt')).toBe(text);
  }
});

test('applies uncommitted changes, also when a server stripped the blank line at their end', async () => {
  const source = createTestRepository({ 'a.txt': 'x\nold\n\n\nend\n' });
  source.write('a.txt', 'x\nnew\n\n\nend\n');
  source.write('b.txt', 'added\n');
  source.git('add', '-N', 'b.txt');
  const diff = source.git('diff', '-U2', 'HEAD').trim();
  const { run, read } = checkOut(source.address, { commit: source.first }, diff);
  await run();
  expect(read('a.txt')).toBe('x\nnew\n\n\nend\n');
  expect(read('b.txt')).toBe('added\n');

  const stripped = source.git('diff', '-U2', 'HEAD', 'a.txt').trim();
  const second = checkOut(source.address, { commit: source.first }, stripped);
  await second.run();
  expect(second.read('a.txt')).toBe('x\nnew\n\n\nend\n');
});

test('says in words what is missing', async () => {
  const source = createTestRepository({ 'a.txt': 'one\n' });
  const gone = checkOut(`${source.address}-gone`, {});
  await expect(gone.run()).rejects.toThrow(/repository file:.*-gone could not be cloned: check its address/);
  expect(existsSync(gone.root)).toBe(false);
  const unpushed = checkOut(source.address, { commit: 'f'.repeat(40) });
  await expect(unpushed.run()).rejects.toThrow(/commit f+ is not in the repository .*: push it/);
  const branch = checkOut(source.address, { branch: '--upload-pack=x' });
  await expect(branch.run()).rejects.toThrow(/is not a name of a branch or tag/);
  const changed = checkOut(
    source.address,
    {},
    'diff --git a/a.txt b/a.txt\n--- a/a.txt\n+++ b/a.txt\n@@ -1 +1 @@\n-two\n+three',
  );
  await expect(changed.run()).rejects.toThrow(/uncommitted changes of the task do not apply/);
  expect((await changed.lines()).join('\n')).toMatch(/patch does not apply/);
});

test('a mirror that has the commit needs the repository no more', async () => {
  const source = createTestRepository({ 'a.txt': 'one\n' });
  const { job, dir } = createTestJob({});
  const folders = (name: string) => ({
    root: join(job.folder, name),
    task: job.folder,
    cache: join(dir, 'r'),
  });
  const revision = { commit: source.first };
  await checkOutRepository({ address: source.address, revision, diff: '' }, folders('1'), job.tools);
  const { renameSync } = await import('node:fs');
  renameSync(source.folder, `${source.folder}-moved`);
  await checkOutRepository({ address: source.address, revision, diff: '' }, folders('2'), job.tools);
  expect(readFileSync(join(job.folder, '2', 'a.txt'), 'utf8')).toBe('one\n');
});
