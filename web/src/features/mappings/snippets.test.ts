import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { curlSnippet, exampleOf, nodeRedSnippet, type Published, pythonSnippet } from './snippets.ts';

const origin = 'http://arno.lab:8080/base';
const input = { text: `it's "quoted" \\ $HOME \`id\` è\n`, hours: 3, on: true, none: null };
const task: Published = {
  id: '0'.repeat(32),
  ...{ kind: 'task', alias: 'forecast', public_id: 'ab'.repeat(32), queue: 'default', input },
};
const model: Published = {
  id: '1'.repeat(32),
  kind: 'model',
  alias: 'digits',
  public_id: 'cd'.repeat(32),
  endpoint: 'digits',
  input,
};

/** What a shell makes of a command: the arguments of curl. */
function argumentsOf(command: string, token = ''): string[] {
  const script = `curl() { printf '%s\\0' "$@"; }\n${command}`;
  const env = { PATH: process.env.PATH, ARNO_TOKEN: token };
  return execFileSync('sh', ['-c', script], { encoding: 'utf8', env }).split('\0').slice(0, -1);
}

describe('the command for a shell', () => {
  test('sends exactly the input, whatever is in it', () => {
    const sent = argumentsOf(curlSnippet(origin, task), 'secret');
    expect(sent).toContain(`${origin}/gateway/v1/tasks/forecast/calls`);
    expect(sent).toContain('Authorization: Bearer secret');
    expect(JSON.parse(sent.at(-1) ?? '')).toEqual({ params: input });
    expect(JSON.parse(argumentsOf(curlSnippet(origin, model)).at(-1) ?? '')).toEqual(input);
  });

  test('carries a key that was made for it', () => {
    expect(argumentsOf(curlSnippet(origin, model, 'arnokey_x'))).toContain('Authorization: Bearer arnokey_x');
  });
});

test('the Python program is Python, and sends exactly the input', () => {
  const program = [
    'import sys, types',
    'requests = types.ModuleType("requests")',
    'class Answer:',
    '    def raise_for_status(self): pass',
    '    def json(self): return {"status": "completed", "result": 7, "links": {"self": "/gateway/v1/calls/1"}}',
    'def post(url, headers, json, timeout):',
    '    print(__import__("json").dumps([url, headers, json]))',
    '    return Answer()',
    'requests.post = post',
    'requests.get = lambda url, headers, timeout: (print(url), Answer())[1]',
    'sys.modules["requests"] = requests',
  ].join('\n');
  const run = (code: string) =>
    execFileSync('python3', ['-c', `${program}\n${code}`], {
      encoding: 'utf8',
      env: { PATH: process.env.PATH, ARNO_TOKEN: 'secret' },
    }).split('\n');
  const [sent = '', asked, end] = run(pythonSnippet(origin, task));
  expect(JSON.parse(sent)).toEqual([
    `${origin}/gateway/v1/tasks/forecast/calls`,
    { Authorization: 'Bearer secret' },
    { params: input },
  ]);
  expect([asked, end]).toEqual([`${origin}/gateway/v1/calls/1`, 'completed 7']);
  expect(JSON.parse(run(pythonSnippet(origin, model, 'arnokey_x'))[0] ?? '')).toEqual([
    `${origin}/gateway/v1/models/digits/calls`,
    { Authorization: 'Bearer arnokey_x' },
    input,
  ]);
});

describe('the flow of Node-RED', () => {
  interface Node {
    id: string;
    type: string;
    wires?: string[][];
    [property: string]: unknown;
  }
  const nodes = (published: Published): Node[] => JSON.parse(nodeRedSnippet(origin, published));

  test('is wired from the button to the debug sidebar, with ids of its own', () => {
    const [inject, call, debug, account] = nodes(task);
    expect(inject?.wires).toEqual([[call?.id]]);
    expect(call?.wires).toEqual([[debug?.id]]);
    expect(call?.authentication).toBe(account?.id);
    const ids = [...nodes(task), ...nodes(model)].map(({ id }) => id);
    expect(new Set(ids).size).toBe(8);
    expect(ids.every((id) => /^[0-9a-f]{16}$/.test(id))).toBe(true);
    expect(JSON.parse(String(inject?.payload))).toEqual({ input });
  });

  test('names what is called as the blocks do', () => {
    expect(nodes(task)[1]).toMatchObject({
      ...{ type: 'clearml-serving-enqueue', task_id: task.public_id, queue_name: 'default' },
      input: JSON.stringify(input),
    });
    expect(nodes(model)[1]).toMatchObject({
      ...{ type: 'clearml-serving-ondemand', machine_id: model.public_id, endpoint: 'digits' },
    });
    expect(nodes(task)[3]).toMatchObject({ type: 'snap4city-authentication-clearml', domain: origin });
  });
});

test('a call may name another queue', () => {
  const other = { ...task, wantedQueue: 'gpu' };
  expect(JSON.parse(argumentsOf(curlSnippet(origin, other)).at(-1) ?? '')).toEqual({
    params: input,
    queue: 'gpu',
  });
  expect(JSON.parse(nodeRedSnippet(origin, other))[1]).toMatchObject({ queue_name: 'gpu' });
});

test('an input begins with the example, else with what the schema asks for', () => {
  const input_schema = { type: 'object', properties: { hours: { type: 'integer' } }, required: ['hours'] };
  expect(exampleOf({ example: [1], input_schema })).toEqual([1]);
  expect(exampleOf({ input_schema })).toEqual({ hours: 0 });
  expect(exampleOf({})).toEqual({});
});
