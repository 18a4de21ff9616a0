import { expect, it } from 'vitest';
import { readConfig } from './config.ts';

const read = (environment: Record<string, string>) => readConfig(['node', 'arno-server'], environment);

it('takes one of the words that a setting knows, and names them for another', () => {
  expect(read({ ARNO_POSTGRES: 'npm', ARNO_LOG_LEVEL: ' warn ' })).toMatchObject({
    postgres: 'npm',
    logLevel: 'warn',
  });
  expect(read({})).toMatchObject({ postgres: 'auto', logLevel: 'info' });
  expect(() => read({ ARNO_POSTGRES: 'docker' })).toThrow(
    'ARNO_POSTGRES must be one of auto, system, npm, not "docker"',
  );
});
