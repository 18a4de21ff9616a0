import type { Socket } from 'node:net';
import { vi } from 'vitest';
import type { Database } from '../src/platform/database.ts';

type Pool = Database['pool'];

/** The next connection breaks in the midst of its first query: it fails, and so does the query. Answers with that query. */
export function breakNextQuery(pool: Pool): () => Promise<unknown> | undefined {
  let broken: Promise<unknown> | undefined;
  pool.once('connect', (client) => {
    const query = client.query.bind(client);
    const breaking = (text: string) => {
      broken = query(text);
      socketOf(client).destroy();
      return broken;
    };
    vi.spyOn(client, 'query').mockImplementation(breaking as never);
  });
  return () => broken;
}

const socketOf = (client: object) => (client as { connection: { stream: Socket } }).connection.stream;
