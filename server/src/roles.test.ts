import { expect, it } from 'vitest';
import { ConfigError, readConfig } from './config.ts';

const read = (words: string[], environment: Record<string, string> = {}) =>
  readConfig(['node', 'arno-server', ...words], environment);

function faults(words: string[], environment: Record<string, string> = {}): string[] {
  try {
    read(words, environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
  }
  return [];
}

const clearml = {
  ARNO_CLEARML_API_HOST: 'https://api.clearml.example/',
  ARNO_CLEARML_ACCESS_KEY: 'key',
  ARNO_CLEARML_SECRET_KEY: 'secret',
};

it('runs all roles, or those that are named', () => {
  expect([...read([]).roles]).toEqual(['api', 'files', 'web', 'gateway', 'serving', 'agent', 'jobs']);
  expect([...read(['--role', 'web, gateway']).roles]).toEqual(['web', 'gateway']);
  expect(read(['--no-agent']).roles.has('agent')).toBe(false);
});

it('refuses roles that do not exist, or cannot run alone', () => {
  expect(faults(['--role', 'web,kitchen'])).toEqual([expect.stringContaining('--role: there is no kitchen')]);
  expect(faults(['--role', ','])).toEqual(['--role names no role']);
  expect(faults(['--role', 'agent,api'])).toEqual([
    expect.stringContaining('needs files in the same process'),
  ]);
});

it('wants address and key pair of a ClearML server, or nothing of it', () => {
  expect(read([], clearml).clearml).toEqual({
    ...{ api: 'https://api.clearml.example', accessKey: 'key', secretKey: 'secret' },
    ...{ web: undefined, files: undefined },
  });
  expect(read([]).clearml).toBeUndefined();
  const { ARNO_CLEARML_SECRET_KEY: _, ...half } = clearml;
  expect(faults([], half)).toEqual([expect.stringContaining('must all be set')]);
  expect(faults([], { ...clearml, ARNO_CLEARML_FILES_HOST: 'ftp://files' })).toEqual([
    expect.stringContaining('ARNO_CLEARML_FILES_HOST must be an address'),
  ]);
});
