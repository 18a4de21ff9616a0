const clearLine = '\r\x1b[2K';

/**
 * Runs one step of the work and shows how it goes: on a terminal in one living line, elsewhere with a line at its start
 * and one at its end. `work` gets a function that shows what it is at, and may return a remark for the last line.
 */
export async function step(label, work) {
  const started = performance.now();
  const line = process.stdout.isTTY ? livingLine(label, started) : plainLines(label);
  try {
    const remark = await work(line.update);
    line.end(`✓ ${label}${remark ? `: ${remark}` : ''} (${since(started)})`);
  } catch (error) {
    line.end(`✗ ${label} (${since(started)})`);
    throw error;
  }
}

const since = (started) => `${((performance.now() - started) / 1000).toFixed(1)} s`;

function livingLine(label, started) {
  let state = '';
  const draw = () =>
    process.stdout.write(`${clearLine}  … ${label}${state && `: ${state}`} (${since(started)})`);
  const timer = setInterval(draw, 200);
  draw();
  return {
    update: (text) => {
      state = text;
    },
    end: (text) => {
      clearInterval(timer);
      process.stdout.write(`${clearLine}  ${text}\n`);
    },
  };
}

function plainLines(label) {
  console.log(`  … ${label}`);
  return { update: () => {}, end: (text) => console.log(`  ${text}`) };
}
