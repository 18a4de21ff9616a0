import { type ClientRequest, type IncomingMessage, request } from 'node:http';

export interface EventSourceClient {
  status: number;
  headers: IncomingMessage['headers'];
  /** All that has come. */
  text(): string;
  /** The data of the events that have come, as JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: tests read single fields of events.
  events(): any[];
  /** Resolves when the server ended the stream. */
  ended: Promise<void>;
  /** Goes away, as a client that loses its connection. */
  abort(): void;
  /** Reads no more until resumed. */
  pause(): void;
  resume(): void;
}

/** Opens a stream of server-sent events over a real connection of its own. */
export function openEvents(url: string, headers: Record<string, string>): Promise<EventSourceClient> {
  return new Promise((resolve, reject) => {
    const sent: ClientRequest = request(url, { headers, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk) => {
        text += chunk;
      });
      // An aborted connection ends with an error, which is what the test wanted.
      response.on('error', () => {});
      resolve({
        status: response.statusCode ?? 0,
        headers: response.headers,
        text: () => text,
        events: () => [...text.matchAll(/^data: (.*)$/gm)].map(([, data = '']) => JSON.parse(data)),
        ended: new Promise((done) => response.once('end', done)),
        abort: () => sent.destroy(),
        pause: () => response.pause(),
        resume: () => response.resume(),
      });
    });
    sent.on('error', reject).end();
  });
}
