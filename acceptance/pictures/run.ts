import { mkdir } from 'node:fs/promises';
import pg from 'pg';
import { type Arno, removeHome, startArno } from '../lib/arno.ts';
import { launchBrowser } from '../lib/browser.ts';
import { logIn } from '../lib/console.ts';
import { bearer, five, post } from '../lib/gateway.ts';
import { embeddedPostgres } from '../lib/postgres.ts';
import { until } from '../lib/wait.ts';
import { takePictures, type Wanted } from './camera.ts';
import { writeCalls, writeReadings } from './history.ts';
import { makeLab } from './lab.ts';
import { pagesOf } from './pages.ts';
import { makeWork } from './work.ts';

const looks = [
  { locale: 'en-GB', colorScheme: 'light' },
  { locale: 'it-IT', colorScheme: 'dark' },
] as const;

/**
 * Fills an Arno as a lab of a city would, and takes a picture of every page of its console in both sizes, themes and languages, into a
 * folder: `<page>.<size>.<theme>.png`. What is shown is what the pages make of real rows; only their history is written by hand.
 */
export async function run(folder: string, wanted: Wanted = {}): Promise<void> {
  await mkdir(folder, { recursive: true });
  const arno = await startArno({ label: 'pictures' });
  try {
    await fillAndTake(arno, folder, wanted);
  } finally {
    await arno.stop();
    await removeHome(arno);
  }
}

async function fillAndTake(arno: Arno, folder: string, wanted: Wanted): Promise<void> {
  const { host, port, user, database } = await embeddedPostgres(arno);
  const pool = new pg.Pool({ host, port, user, database, max: 1 });
  const lab = await makeLab(arno, await logIn(arno));
  const workers = await makeWork(arno, pool, lab);
  const beat = setInterval(() => workers.report().catch(console.error), 15_000);
  const browser = await launchBrowser();
  try {
    const { rows } = await pool.query<{ company: string }>(
      "SELECT company FROM users WHERE username = 'admin'",
    );
    const company = rows[0]?.company ?? '';
    await writeReadings(pool, company, lab, workers.names);
    await writeCalls(pool, company, lab);
    await callNow(arno);
    await until('the calls are counted', async () => {
      const { rows: left } = await pool.query(
        'SELECT FROM call_changes UNION ALL SELECT FROM open_call_sums',
      );
      return left.length === 0;
    });
    const pages = await pagesOf(arno);
    for (const look of looks)
      await takePictures(browser, arno, { ...wanted, folder, look, pages, guest: lab.guest });
  } finally {
    clearInterval(beat);
    await browser.close();
    await pool.end();
    await lab.close();
  }
}

/** A few calls that really happen. */
async function callNow(arno: Arno): Promise<void> {
  const call = (path: string, body: unknown) =>
    post(`${arno.web}/gateway/v1/${path}/calls`, body, bearer(arno));
  for (let n = 0; n < 3; n++) {
    await call('models/digits', await five());
    await call('models/vehicle-detector', { camera: 'Viale Europa 12' });
    await call('tasks/parking-forecast', { params: { occupied: [112, 131, 148, 171 + n, 190], hours: 3 } });
  }
}
