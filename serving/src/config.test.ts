import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { readConfig } from './config.ts';

const read = (args: string[], env: Record<string, string> = {}) =>
  readConfig(['node', 'main.js', ...args], env);

it('takes the command line before the environment before the defaults', () => {
  expect(read(['--config', 'a.json'])).toEqual({
    configFile: resolve('a.json'),
    bind: '127.0.0.1',
    port: 8082,
    fetchNetworks: [],
    exitWithParent: false,
  });
  const env = {
    ARNO_SERVING_CONFIG: 'b.json',
    ARNO_BIND: '0.0.0.0',
    ARNO_SERVING_PORT: '9000',
    ARNO_SERVING_FETCH_NETWORKS: '10.0.0.0/8, fd00::/8',
  };
  expect(read(['--port', '0', '--exit-with-parent'], env)).toEqual({
    configFile: resolve('b.json'),
    bind: '0.0.0.0',
    port: 0,
    fetchNetworks: ['10.0.0.0/8', 'fd00::/8'],
    exitWithParent: true,
  });
});

it('names every fault at once', () => {
  const env = { ARNO_SERVING_PROT: '1', ARNO_SERVING_PORT: '70000', ARNO_SERVING_FETCH_NETWORKS: '10.0.0.0' };
  expect(() => read([], env)).toThrow(/ARNO_SERVING_PROT.*--config.*--port.*"10\.0\.0\.0"/s);
});
