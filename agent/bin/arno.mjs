#!/usr/bin/env node
// A committed file, so that npm can link the command before anything is built.
import('../dist/main.js').catch((error) => {
  if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
  console.error('arno: not built yet; run "npm run build" in the project folder');
  process.exit(1);
});
