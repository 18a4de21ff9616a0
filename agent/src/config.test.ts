import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createTestFolder } from '../test/folder.ts';
import { readSettings, SettingsError } from './config.ts';

const options = { queue: ['default'], slots: '1' };

function conf(text: string): string {
  const path = join(createTestFolder(), 'clearml.conf');
  writeFileSync(path, text);
  return path;
}

const complete = conf(`
# ClearML SDK configuration file
api {
    web_server: http://127.0.0.1:8080
    api_server: "http://127.0.0.1:8008/"
    files_server = http://127.0.0.1:8081  # files
    credentials {"access_key": "AK1", "secret_key": "s//#x=$"}
}
sdk { development.worker.report_period_sec = 2, aws { s3 { credentials: [ ] } } }
`);

test('reads a clearml.conf as clearml-init writes it, addresses without quotes too', async () => {
  const { server, confFile } = await readSettings(options, { CLEARML_CONFIG_FILE: complete });
  expect(confFile).toBe(complete);
  expect(server).toEqual({
    api: 'http://127.0.0.1:8008',
    web: 'http://127.0.0.1:8080',
    files: 'http://127.0.0.1:8081',
    accessKey: 'AK1',
    secretKey: 's//#x=$',
  });
});

test('the environment comes before the file', async () => {
  const env = { CLEARML_CONFIG_FILE: complete, CLEARML_API_HOST: 'http://other:1', ARNO_AGENT_DIR: '/x' };
  const settings = await readSettings(options, env);
  expect(settings.server.api).toBe('http://other:1');
  expect(settings.dir).toBe('/x');
});

test('names every fault at once', async () => {
  const env = { CLEARML_CONFIG_FILE: '/none', CLEARML_API_HOST: 'host:8008', ARNO_AGENT_DIRR: 'x' };
  const error = await readSettings({ queue: [], slots: '0', name: 'a b' }, env).catch((caught) => caught);
  expect(error).toBeInstanceOf(SettingsError);
  const faults = (error as SettingsError).faults.join('\n');
  for (const part of [
    'CLEARML_CONFIG_FILE',
    '"host:8008"',
    'ARNO_AGENT_DIRR',
    '--queue',
    '--slots',
    '--name',
  ]) {
    expect(faults).toContain(part);
  }
  for (const key of [
    'CLEARML_WEB_HOST',
    'CLEARML_FILES_HOST',
    'CLEARML_API_ACCESS_KEY',
    'CLEARML_API_SECRET_KEY',
  ]) {
    expect(faults).toContain(key);
  }
});

test('a task does not see the secrets of a server beside the agent', async () => {
  const env = {
    CLEARML_CONFIG_FILE: complete,
    PATH: '/bin',
    DATABASE_URL: 'postgres://x',
    PGPASSWORD: 'x',
    ARNO_DATA: '/data',
    npm_config_x: '1',
    PIP_INDEX_URL: 'http://index',
  };
  const { inherited } = await readSettings(options, env);
  expect(inherited).toEqual({ PATH: '/bin', PIP_INDEX_URL: 'http://index' });
});
