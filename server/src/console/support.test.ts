import { pino } from 'pino';
import { expect, test } from 'vitest';
import { createTestConsole } from '../../test/console.ts';
import { readConfig } from '../config.ts';
import { createConsumerKey } from '../features/mappings/index.ts';
import { RecentLog } from '../platform/log.ts';
import { redacted } from './support.ts';

const databasePassword = 'p@ss/word:42';
const secrets = {
  ARNO_FILES_S3_ACCESS_KEY: 'AKIAIOSFODNN7',
  ARNO_FILES_S3_SECRET_KEY: 'wJalrXUtnFEMI/K7MDENG',
  ARNO_OIDC_CLIENT_SECRET: 'oidc-client-secret-1',
  ARNO_CLEARML_ACCESS_KEY: 'CLEARMLACCESS',
  ARNO_CLEARML_SECRET_KEY: 'clearml-secret-key-1',
  ARNO_METRICS_TOKEN: 'metrics-token-123456',
};
const environment = {
  ...secrets,
  ARNO_FILES_S3_BUCKET: 'files',
  ARNO_OIDC_ISSUER: 'https://keycloak.example/realms/lab',
  ARNO_OIDC_CLIENT_ID: 'arno',
  ARNO_CLEARML_API_HOST: 'https://api.clearml.example',
  ARNO_WORKER_TIMEOUT: '90',
  DATABASE_URL: `postgres://arno:${encodeURIComponent(databasePassword)}@db.example:5432/arno?sslpassword=hidden-too`,
};

test('settings are shown as they are, with where they come from, and no secret among them', () => {
  const { settings } = readConfig(['node', 'arno'], environment);
  const byName = new Map(settings.map((setting) => [setting.name, setting]));
  expect(byName.get('ARNO_WORKER_TIMEOUT')).toEqual({
    ...{ name: 'ARNO_WORKER_TIMEOUT', value: '90', secret: false, source: 'environment' },
  });
  expect(byName.get('ARNO_WEB_PORT')).toMatchObject({ value: '8080', source: 'default' });
  expect(byName.get('ARNO_OIDC_CLIENT_SECRET')).toMatchObject({ value: '***', secret: true });
  expect(byName.get('DATABASE_URL')).toMatchObject({ value: 'postgres://arno:***@db.example:5432/arno' });
  const text = JSON.stringify(settings);
  for (const secret of [
    ...Object.values(secrets),
    databasePassword,
    encodeURIComponent(databasePassword),
    'hidden-too',
  ])
    expect(text).not.toContain(secret);
});

test('the support bundle has what helps, and none of the secrets of an installation that is full of them', async () => {
  const config = readConfig(['node', 'arno'], environment);
  const recent = new RecentLog();
  // Without what a log of ours leaves out by itself.
  const log = pino({}, recent);
  const console = await createTestConsole({
    server: {
      settings: config.settings,
      secrets: [...config.secrets, 'the-session-secret'],
      recentLog: () => recent.lines,
    },
  });
  const { db } = console.database;
  const mapping = await db
    .insertInto('task_mappings')
    .values({
      ...{
        id: 'm',
        company: console.admin.company,
        task_id: 't',
        public_id: 'p',
        alias: 'alias',
        default_queue: 'q',
      },
      ...{ description: '', created: new Date(), updated: new Date() },
    })
    .returning('callback_secret')
    .executeTakeFirstOrThrow();
  const consumer = await createConsumerKey(
    console.scope(),
    { table: 'task_mappings', id: 'm' },
    { name: 'key' },
  );
  const pair = await console.auth.createKeyPair(console.admin.userId);
  const { token } = await console.auth.createAccessToken(console.admin.userId, 'token');
  const session = await console.auth.openSession(console.admin);
  const known = [
    ...Object.values(secrets),
    ...[databasePassword, encodeURIComponent(databasePassword), 'hidden-too', 'the-session-secret'],
    ...[
      console.firstPassword,
      mapping.callback_secret,
      consumer?.key ?? '',
      pair.secretKey,
      token,
      session.token,
    ],
  ];
  expect(known.filter((secret) => !secret)).toEqual([]);
  // As things go wrong: in headers, addresses, errors, and under names of their own.
  for (const secret of known.filter(
    (each) => each !== mapping.callback_secret && each !== console.firstPassword,
  )) {
    log.info(
      {
        req: { headers: { authorization: `Bearer ${secret}` } },
        url: `/x?token=${encodeURIComponent(secret)}`,
      },
      'asked',
    );
    log.warn({ err: new Error('refused'), secret_key: secret, password: secret }, 'logging in failed');
    log.error({ detail: { client_secret: secret, nested: [{ api_key: secret }] } }, 'nested');
  }
  for (const secret of [
    ...Object.values(secrets),
    databasePassword,
    'the-session-secret',
    token,
    session.token,
  ])
    log.error(`in the middle of ${secret}, a text`);
  log.info({ job: 'cleaning' }, 'kept');

  const answer = await console.call('GET', 'system/support-bundle');
  expect(answer.headers.get('content-disposition')).toMatch(/^attachment; filename="arno-support-.*\.json"$/);
  const text = JSON.stringify(answer.body);
  for (const secret of known) expect(text).not.toContain(secret);
  for (const secret of known) expect(text).not.toContain(encodeURIComponent(secret));
  expect(answer.body).toMatchObject({
    health: { database: { migration: {} }, jobs: [], version: expect.any(String) },
    files: { kind: 'disk' },
    settings: expect.arrayContaining([expect.objectContaining({ name: 'ARNO_METRICS_TOKEN', value: '***' })]),
  });
  expect(answer.body.migrations.length).toBeGreaterThan(10);
  expect(answer.body.log.at(-1)).toMatchObject({ job: 'cleaning', msg: 'kept' });
  await console.close();
});

test.each([
  [
    { password: 'short', tokens: 12, has_token: true },
    { password: '***', tokens: 12, has_token: true },
  ],
  [{ callback: 'https://u:p@host/x?sig=1&y' }, { callback: 'https://***@host/x?***' }],
  [['Basic dXNlcjpwYXNzd29yZA=='], ['Basic ***']],
  [{ known: 'before hunter22 after' }, { known: 'before *** after' }],
  [{ fine: ['a', 1, null, true] }, { fine: ['a', 1, null, true] }],
])('%j becomes %j', (value, expected) => {
  expect(redacted(value, ['hunter22', 'a'])).toEqual(expected);
});

test('the log in memory keeps whole lines only, and the last ones', () => {
  const recent = new RecentLog();
  recent.write('{"msg":"one"}\n{"msg":');
  expect(recent.lines).toEqual(['{"msg":"one"}']);
  recent.write('"two"}\n');
  expect(recent.lines.at(-1)).toBe('{"msg":"two"}');
  for (let chunk = 0; chunk < 20; chunk++) recent.write('secret'.repeat(1000));
  recent.write(' end\n');
  expect(recent.lines.at(-1)).toBe('{"msg":"(a line too long to be kept)"}');
  for (let line = 0; line < 1000; line++) recent.write(`line ${line}\n`);
  expect([recent.lines.length, recent.lines.at(-1)]).toEqual([500, 'line 999']);
});
