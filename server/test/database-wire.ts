import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/**
 * When a connection breaks: before PostgreSQL has what was sent, as soon as it has all of it, or when it has done it; `for good` is
 * the latter, and nobody gets a connection any more.
 */
export type Break = 'request lost' | 'sent' | 'answer lost' | 'for good';

/** The end of what is sent: Sync. */
const sync = Buffer.from([0x53, 0, 0, 0, 4]);
/** The end of an answer outside of a transaction: ReadyForQuery, idle. */
const idle = Buffer.from([0x5a, 0, 0, 0, 5, 0x49]);

const endsWith = (data: Buffer, end: Buffer) => data.subarray(-end.length).equals(end);

/** A wire to a test database that can break. */
export async function startDatabaseWire(databaseUrl: string) {
  const open = new Set<Socket>();
  let isCut = false;
  let next: { text: string; how: Break } | undefined;
  const server = createServer((client) => {
    const database = connect(addressOf(databaseUrl));
    let how: Break | undefined;
    for (const socket of [client, database]) {
      open.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => open.delete(socket));
    }
    if (isCut) client.destroy();
    client.on('close', () => database.end());
    database.on('close', () => client.destroy());
    client.on('data', (data) => {
      if (next && data.includes(next.text)) {
        how = next.how;
        next = undefined;
      }
      if (how === 'request lost') return void client.destroy();
      database.write(data, () => how === 'sent' && endsWith(data, sync) && client.destroy());
    });
    database.on('data', (data) => {
      if (!how) client.write(data);
      else if (endsWith(data, idle)) {
        isCut = how === 'for good';
        client.destroy();
      }
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  const url = new URL(databaseUrl);
  url.searchParams.set('host', '127.0.0.1');
  url.searchParams.set('port', String(port));
  return {
    /** Of the database, over this wire. */
    url: url.href,
    /** Breaks the connection that sends this text next. */
    breakAt(text: string, how: Break): void {
      next = { text, how };
    },
    async close(): Promise<void> {
      for (const socket of open) socket.destroy();
      await new Promise<void>((done) => server.close(() => done()));
    },
  };
}

/** As the driver finds it: PostgreSQL of the tests listens on a socket. */
function addressOf(databaseUrl: string) {
  const { searchParams, hostname, port } = new URL(databaseUrl);
  const host = searchParams.get('host') ?? hostname;
  const number = Number(searchParams.get('port') ?? (port || 5432));
  return host.startsWith('/') ? { path: `${host}/.s.PGSQL.${number}` } : { host, port: number };
}
