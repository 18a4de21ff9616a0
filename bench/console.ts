import { Agent, get } from 'node:http';
import type pg from 'pg';
import { type Arno, removeHome, startArno } from '../acceptance/lib/arno.ts';
import { openFilled } from './lib/big-lists.ts';
import { type Figure, median, percentile } from './lib/figures.ts';
import { firstLoad } from './lib/first-load.ts';
import { ago, listViews, type View } from './lib/list-views.ts';

const sizes = { tasks: 100_000, calls: 1_000_000, audit: 10_000 };
const rounds = 30;
/** Of these a page of tasks has as many as it may. */
const stride = 200;

/**
 * The console's lists with 1,000,000 calls and 100,000 tasks: how long the first page, one in the middle, each filter and each order
 * take over HTTP, and what they send, beside the same rows read by one plain statement on a connection of its own. Both take turns,
 * so that a busy moment of the machine meets both. Then the script that a browser loads first.
 */
export async function run(): Promise<Figure[]> {
  const arno = await startArno({ label: 'bench-console', args: ['--no-agent', '--no-demo'] });
  try {
    const loaded = await firstLoad(arno);
    const pool = await openFilled(arno, sizes);
    try {
      return [...(await listFigures(arno, pool)), ...loaded];
    } finally {
      await pool.end();
    }
  } finally {
    await arno.stop();
    await removeHome(arno);
  }
}

async function listFigures(arno: Arno, pool: pg.Pool): Promise<Figure[]> {
  const browser = new Browser(arno);
  const views = listViews({ call: await middleOfCalls(browser), task: await middleOfTasks(browser) });
  const figures: Figure[] = [];
  for (const view of views) figures.push(...(await measure(view, browser, pool)));
  browser.close();
  return [
    slowest('page', figures, /^(?!.*_count_).*_p95_ms$/),
    slowest('count', figures, /_count_p95_ms$/),
    ...figures,
  ];
}

function slowest(what: string, figures: Figure[], names: RegExp): Figure {
  const value = Math.max(...figures.filter(({ name }) => names.test(name)).map((figure) => figure.value));
  return { name: `slowest_${what}_p95_ms`, value, meaning: `ms, the slowest ${what} of all below` };
}

async function measure({ name, path, direct }: View, browser: Browser, pool: pg.Pool): Promise<Figure[]> {
  const times: number[] = [];
  const directTimes: number[] = [];
  let bytes = 0;
  // The first rounds warm up both sides and are not counted.
  for (let round = -3; round < rounds; round++) {
    const answer = await browser.get(path);
    const start = performance.now();
    if (direct) await pool.query(direct);
    if (round < 0) continue;
    directTimes.push(performance.now() - start);
    times.push(answer.ms);
    bytes = answer.bytes;
  }
  const figure = (suffix: string, value: number, meaning: string) => ({
    name: `${name}_${suffix}`,
    value,
    meaning,
  });
  return [
    figure('p50_ms', median(times), `ms, GET ${path.slice(0, 60)}`),
    figure('p95_ms', percentile(times, 0.95), 'ms, 95 of 100 take less'),
    ...(direct
      ? [figure('times_direct', median(times) / median(directTimes), 'times the plain statement')]
      : []),
    figure('bytes', bytes, 'bytes of the answer on the wire'),
  ];
}

/** A cursor in the middle of the log: where the calls of 45 days ago begin. */
async function middleOfCalls(browser: Browser): Promise<string> {
  const { next } = await browser.json(`calls?kind=ondemand&limit=50&to=${ago(45)}`);
  return next;
}

/** A cursor in the middle of the list, from page to page. */
async function middleOfTasks(browser: Browser): Promise<string> {
  let cursor = '';
  for (let seen = 0; seen < sizes.tasks / 2; seen += stride) {
    const { next } = await browser.json(`tasks?limit=${stride}${cursor && `&after=${cursor}`}`);
    cursor = next;
  }
  return cursor;
}

/** Reads as a browser does, over one connection, and counts what arrives. */
class Browser {
  readonly #arno: Arno;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });

  constructor(arno: Arno) {
    this.#arno = arno;
  }

  get(path: string): Promise<{ ms: number; bytes: number }> {
    const headers = { authorization: `Bearer ${this.#arno.token}`, 'accept-encoding': 'gzip' };
    const start = performance.now();
    return new Promise((resolve, reject) => {
      get(`${this.#arno.web}/console/v1/${path}`, { headers, agent: this.#agent }, (response) => {
        let bytes = 0;
        response.on('data', (chunk: Buffer) => {
          bytes += chunk.length;
        });
        response.on('error', reject);
        response.on('end', () => {
          if (response.statusCode === 200) resolve({ ms: performance.now() - start, bytes });
          else reject(new Error(`GET ${path}: ${response.statusCode}`));
        });
      }).on('error', reject);
    });
  }

  async json(path: string) {
    const headers = { authorization: `Bearer ${this.#arno.token}` };
    const response = await fetch(`${this.#arno.web}/console/v1/${path}`, { headers });
    if (!response.ok) throw new Error(`GET ${path}: ${response.status} ${await response.text()}`);
    return response.json();
  }

  close(): void {
    this.#agent.destroy();
  }
}
