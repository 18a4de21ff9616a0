import pg from 'pg';
import { test as base } from 'vitest';
import { type Arno, createHome, removeHome, startArno } from './arno.ts';
import type { Data } from './clearml.ts';
import { logIn, type Session } from './console.ts';
import { freePorts } from './environment.ts';
import { embeddedPostgres } from './postgres.ts';
import { answering, publishModel, publishTask, startMachine } from './publish.ts';
import { currentFile } from './test.ts';

/** Published tasks and models of which each refuses for another reason. */
export interface ErrorLab {
  arno: Arno;
  session: Session;
  /** Mappings by alias. */
  tasks: Record<string, Data>;
  models: Record<string, Data>;
  /** How many calls the machine of the models `slow` and `patient` has got, which it never answers. */
  held(): number;
  close(): Promise<void>;
}

const inputSchema = {
  type: 'object',
  properties: { hours: { type: 'integer', minimum: 1 } },
  required: ['hours'],
};

/** What differs from a mapping without rights, limits and schema. */
const variants: Record<string, Record<string, unknown>> = {
  open: {},
  keys: { access: 'keys' },
  listed: { access: 'listed', allowed_roles: ['Nobody'] },
  strict: { input_schema: inputSchema },
  minute: { calls_per_minute: 1 },
  day: { calls_per_day: 1 },
  counted: { calls_per_minute: 1_000_000 },
};

async function createErrorLab(arno: Arno, session: Session): Promise<ErrorLab> {
  let held = 0;
  const machine = await startMachine((request, response) => {
    if (request.url?.startsWith('/slow')) {
      held++;
      request.resume();
    } else if (request.url?.startsWith('/nonsense')) response.socket?.end('once upon a time\r\n\r\n');
    else if (request.url?.startsWith('/endless')) response.write('once upon a time');
    else answering({ digit: 5 })(request, response);
  });
  const [nobody] = await freePorts(1);
  const tasks: ErrorLab['tasks'] = {};
  const models: ErrorLab['models'] = {};
  for (const [alias, fields] of Object.entries(variants)) {
    tasks[alias] = await publishTask(arno, session, { alias, queues: ['services'], ...fields });
    models[alias] = await publishModel(arno, session, { alias, url: machine.url, ...fields });
  }
  const machines = {
    slow: `${machine.url}/slow`,
    patient: `${machine.url}/slow`,
    nonsense: `${machine.url}/nonsense`,
    endless: `${machine.url}/endless`,
    gone: `http://127.0.0.1:${nobody}`,
  };
  for (const [alias, url] of Object.entries(machines))
    models[alias] = await publishModel(arno, session, {
      ...{ alias, url, deadline_ms: alias === 'slow' ? 500 : 60_000 },
    });
  models.small = await publishModel(arno, session, {
    ...{ alias: 'small', url: `${machine.url}/small`, max_request_bytes: 100 },
  });
  return { arno, session, tasks, models, held: () => held, close: () => machine.close() };
}

/** An address that nobody answers at, and a token that its issuer would have to be asked about. */
const issuer = await freePorts(1).then(([port]) => `http://127.0.0.1:${port}/realms/gone`);
export const part = (claims: object) => Buffer.from(JSON.stringify(claims)).toString('base64url');
export const issuerToken = [part({ alg: 'RS256', kid: '1' }), part({ iss: issuer, sub: 'ada' }), 'c2ln'].join(
  '.',
);

/** Tests on one Arno whose identity provider does not answer. */
export const test = base.extend<{ lab: ErrorLab; database: pg.Client }>({
  lab: [
    // biome-ignore lint/correctness/noEmptyPattern: Vitest reads the fixtures a fixture needs from this pattern
    async ({}, use) => {
      const env = {
        ARNO_OIDC_ISSUER: issuer,
        ARNO_OIDC_CLIENT_ID: 'arno',
        // So that each test can be a stranger from another address.
        ARNO_TRUSTED_PROXIES: '127.0.0.1/32',
        ARNO_CALL_BODY_CHARS: '262144',
      };
      const home = await createHome();
      const arno = await startArno({ label: currentFile(), home, env, args: ['--no-agent', '--no-demo'] });
      const lab = await createErrorLab(arno, await logIn(arno));
      await use(lab);
      await arno.stop();
      await Promise.all([lab.close(), removeHome(home)]);
    },
    { scope: 'file' },
  ],
  /** For what only goes wrong when the database does. */
  database: async ({ lab }, use) => {
    const { host, port, user, database } = await embeddedPostgres(lab.arno);
    const client = new pg.Client({ host, port, user, database });
    await client.connect();
    await use(client);
    await client.end();
  },
});
