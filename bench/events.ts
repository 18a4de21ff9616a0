import { type Arno, removeHome, startArno } from '../acceptance/lib/arno.ts';
import { embeddedPostgres } from '../acceptance/lib/postgres.ts';
import { EventWriter } from './lib/event-writer.ts';
import { type Figure, median } from './lib/figures.ts';
import { readFigures } from './lib/stored-events.ts';

/** Writers, and the batches that all of them together send in one round. */
const loads = [
  { writers: 1, batches: 40 },
  { writers: 10, batches: 100 },
  { writers: 50, batches: 150 },
];
const rounds = 7;

/**
 * Scalar points a second through events.add_batch, beside the same rows put in by bare COPYs, one a batch; then reading at ten
 * million stored points.
 */
export async function run(): Promise<Figure[]> {
  const arno = await startArno({ label: 'bench-events', args: ['--no-agent', '--no-demo'] });
  try {
    const figures: Figure[] = [];
    for (const load of loads) figures.push(...(await compare(arno, load)));
    return [...figures, ...(await readFigures(arno))];
  } finally {
    await arno.stop();
    await removeHome(arno);
  }
}

/** Rounds alternate, so that a busy moment of the machine meets both sides. */
async function compare(arno: Arno, { writers, batches }: (typeof loads)[number]): Promise<Figure[]> {
  const writer = await EventWriter.open(arno, await embeddedPostgres(arno), writers);
  try {
    const api: number[] = [];
    const copy: number[] = [];
    // The first round warms up both sides and is not counted.
    for (let round = 0; round <= rounds; round++) {
      const [throughApi, byCopy] = [await writer.apiRound(batches), await writer.copyRound(batches)];
      if (round === 0) continue;
      api.push(throughApi);
      copy.push(byCopy);
    }
    const shares = api.map((value, round) => value / (copy[round] as number));
    return [
      { name: `points_per_s_w${writers}`, value: median(api), meaning: `points/s, ${writers} writer(s)` },
      {
        name: `copy_rows_per_s_w${writers}`,
        value: median(copy),
        meaning: 'rows/s, bare COPY of the same rows',
      },
      { name: `share_of_copy_w${writers}`, value: median(shares), meaning: 'of the bare COPY' },
    ];
  } finally {
    await writer.close();
  }
}
