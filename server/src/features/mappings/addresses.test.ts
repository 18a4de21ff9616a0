import { expect, test } from 'vitest';
import { Networks } from '../../platform/networks.ts';
import { checkBaseUrl, checkHealthPath } from './addresses.ts';

const rules = { ownPorts: [8080] };

test.each([
  ['http://gpu1.lab:8000/serve/', 'http://gpu1.lab:8000/serve'],
  ['HTTPS://GPU1.lab', 'https://gpu1.lab'],
  ['http://127.0.0.1:8082/a/../serve', 'http://127.0.0.1:8082/serve'],
  ['http://2130706433:9', 'http://127.0.0.1:9'],
  ['http://[fd00::5]:9', 'http://[fd00::5]:9'],
])('%s is stored as %s', (text, stored) => {
  expect(checkBaseUrl(text, rules)).toBe(stored);
});

test.each([
  ['http://localhost.:8080', /Arno's own/],
  ['http://017700000001:8080', /Arno's own/],
  ['http://[::1]:8080', /Arno's own/],
  ['http://[::ffff:7f00:1]:8080', /Arno's own/],
  ['http://2852039166', /link-local/],
  ['http://0xA9FEA9FE', /link-local/],
  ['http://[fe80::1%25eth0]', /not a URL/],
  ['http://[64:ff9b::7f00:1]', /one machine/],
  ['http://[2002:7f00:1::1]', /one machine/],
  ['http://168.63.129.16', /cloud/],
  ['http://user@gpu1', /user name/],
  ['http://user:secret@gpu1', /user name/],
  ['http://gpu1/#@169.254.169.254', /fragment/],
  ['ftp://gpu1', /http/],
  ['file:///etc/passwd', /http/],
  ['http://gpu1:99999', /not a URL/],
])('%s is refused', (text, words) => {
  expect(() => checkBaseUrl(text, rules)).toThrow(words);
});

test('only addresses in the allowed networks', () => {
  const within = { ownPorts: [], networks: new Networks(['10.0.0.0/8']) };
  expect(checkBaseUrl('http://10.1.2.3', within)).toBe('http://10.1.2.3');
  expect(() => checkBaseUrl('http://192.168.1.1', within)).toThrow(/none of the allowed networks/);
});

test('a health path is a path of the machine', () => {
  expect([checkHealthPath('/health?deep=1'), checkHealthPath(''), checkHealthPath(undefined)]).toEqual([
    '/health?deep=1',
    null,
    null,
  ]);
  for (const path of [
    'health',
    '//elsewhere/',
    '/\\elsewhere',
    'http://elsewhere/',
    '/a b',
    '/a#b',
    '/../x',
    '/\r\nX: y',
  ]) {
    expect(() => checkHealthPath(path)).toThrow(/health_path/);
  }
});
