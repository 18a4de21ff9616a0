import { describe, expect, test } from 'vitest';
import { fileUrl, httpUrl } from './fileUrl.ts';
import { tabOfSdkLink } from './sdkLinks.ts';

test.each([
  ['output/log', 'console'],
  ['info-output/log', 'console'],
  ['output/metrics/scalar', 'scalars'],
  ['execution', 'execution'],
  ['artifacts/output-model', 'artifacts'],
  ['hyper-params/hyper-param/General', 'configuration'],
  ['general', 'info'],
  ['', 'console'],
])("the SDK's link …/%s leads to %s", (tail, tab) => {
  expect(tabOfSdkLink(tail)).toBe(tab);
});

describe('a stored file', () => {
  const here = { hostname: 'gpu-1.lab', basePath: '/arno' };
  test.each([
    ['http://gpu-1.lab:8081/a/b%20c.json', '/arno/files/a/b%20c.json'],
    ['http://localhost:8081/a.json?download=1', '/arno/files/a.json?download=1'],
    ['http://other.lab:8081/a.json', 'http://other.lab:8081/a.json'],
    ['https://store.example/a.json', 'https://store.example/a.json'],
    ['s3://bucket/a.json', undefined],
    ['/home/me/a.json', undefined],
    [undefined, undefined],
  ])('%s opens at %s', (uri, expected) => {
    expect(fileUrl(uri, here)).toBe(expected);
  });

  test('is never opened as a script', () => {
    expect(httpUrl('javascript:alert(1)')).toBeUndefined();
  });
});
