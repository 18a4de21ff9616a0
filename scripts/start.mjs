// "npm start": installs what is missing, builds what is stale, and runs the server until it ends. What stands after
// "npm start --" goes to the server.
import { requireNode } from './lib/node-version.mjs';

try {
  requireNode();
  // Only now, because an older Node.js may not even read these.
  const { installPackages } = await import('./lib/install.mjs');
  await installPackages();
  const { build } = await import('./build.mjs');
  await build();
  const { runServer } = await import('./lib/server.mjs');
  process.exitCode = await runServer(process.argv.slice(2));
} catch (error) {
  console.error(`Arno cannot start: ${error.message}`);
  process.exitCode = 1;
}
